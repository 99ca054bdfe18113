"""What the sign-in connection knows of somebody who is signing in, read in one go."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connections

from agencies.models import Account
from agencies.services.origin import SIGNIN
from kernel.clock import now

# The cells are looked up for an unknown address as well: nobody is in any.
_BEHIND = """
SELECT a.password, a.id, a.email, a.display_name, a.is_active,
       ARRAY(SELECT DISTINCT s.cell_id FROM kernel_seat s WHERE s.account_id = a.id
                AND s.valid_from <= %s AND s.valid_until > %s ORDER BY s.cell_id)
  FROM (VALUES (%s)) AS asked (email) LEFT JOIN agencies_account a ON a.email = asked.email
"""
_STANDING = """
SELECT email, display_name, cells, passkeys, devices, names, codes_left
  FROM agencies.standing_of(%s, %s)
"""

_COLUMNS = ("password", "id", "email", "display_name", "is_active")
"""In the order of the model's fields, which is how it is made from a row."""


@dataclass(frozen=True, slots=True)
class Behind:
    """The account behind an address, if there is one, and the cells in which it has a seat."""

    account: Account | None
    cells: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account that is switched on can show, and in which cells it has a seat."""

    account: Account | None
    cells: tuple[int, ...]
    passkeys: bool
    authenticators: tuple[tuple[int, str], ...]
    """Number and name of those that are confirmed, the oldest first."""
    codes_left: int


def behind(address: str) -> Behind:
    """Who has this address; an unknown one is looked up in the same way."""
    moment = now()
    with connections[SIGNIN].cursor() as cursor:
        cursor.execute(_BEHIND, [moment, moment, address])
        *values, cells = cursor.fetchone()
    account = Account.from_db(SIGNIN, _COLUMNS, values) if values[0] is not None else None
    return Behind(account, tuple(cells))


def standing_of(account_id: UUID) -> Standing:
    """Where somebody stands whose first factor was right."""
    with connections[SIGNIN].cursor() as cursor:
        cursor.execute(_STANDING, [account_id, now()])
        email, name, cells, passkeys, devices, names, codes = cursor.fetchone()
    account = None
    if email is not None:
        account = Account.from_db(SIGNIN, _COLUMNS[1:], (account_id, email, name, True))
    return Standing(
        account=account,
        cells=tuple(cells) if account else (),
        passkeys=passkeys,
        authenticators=tuple(zip(devices, names, strict=True)),
        codes_left=codes,
    )
