"""The second step of signing in: a factor that the person holds or is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connections
from django.utils.translation import gettext_lazy as _

from agencies.naming import STANDS_IN
from agencies.oidc.through import Through, cells_accepting
from agencies.services import factors
from agencies.services.factors import Kind
from agencies.services.origin import SIGNIN, Origin
from agencies.services.standing import Standing
from kernel.clock import now
from kernel.errors import NotAllowed

NO_SEAT = _(
    "Votre compte n'a de rôle dans aucune cellule en ce moment. Adressez-vous à la personne qui "
    "administre votre cellule."
)

_SEATS = """
SELECT id, cell_id, agency_id, agency_name, cell_name, roles, display_name FROM kernel_seat
 WHERE account_id = %s AND valid_from <= %s AND valid_until > %s
 ORDER BY cell_name, agency_name, id
"""


@dataclass(frozen=True, slots=True)
class SeatChoice:
    """One place that the person may take for this session."""

    id: UUID
    cell_id: int
    agency_id: UUID
    agency_name: str
    cell_name: str
    roles: tuple[str, ...]
    stands_in_for: str = ""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Both factors have been shown; what remains is to say in which seat."""

    account_id: UUID
    factor_at: datetime
    factor: str
    seats: tuple[SeatChoice, ...]


def confirm_factor(
    origin: Origin,
    *,
    account_id: UUID,
    code: str,
    kind: str = Kind.TOTP,
    device_id: int | None = None,
    through: Through | None = None,
    standing: Standing | None = None,
) -> Confirmed:
    """Check a factor, use it up, and say which places may be taken with it.

    Raises Invalid for a wrong or used one, Wait after too many, NotAllowed when the person has no
    valid place anywhere.
    """
    shown = factors.check(
        origin,
        account_id=account_id,
        kind=kind,
        answer=code,
        device_id=device_id,
        standing=standing,
    )
    return confirmed(account_id, shown, through)


def confirmed(account_id: UUID, shown: str, through: Through | None = None) -> Confirmed:
    """Where somebody stands who has just shown this factor."""
    seats = seats_of(account_id, through)
    if not seats:
        raise NotAllowed(NO_SEAT)
    return Confirmed(account_id=account_id, factor_at=now(), factor=shown, seats=seats)


def seats_of(account_id: UUID, through: Through | None = None) -> tuple[SeatChoice, ...]:
    """The places that this account may take now, in cells that accept the provider if any."""
    moment = now()
    with connections[SIGNIN].cursor() as cursor:
        cursor.execute(_SEATS, [account_id, moment, moment])
        rows = cursor.fetchall()
    if through is not None:
        accepting = set(cells_accepting(through.idp_id))
        rows = [row for row in rows if row[1] in accepting]
    return tuple(
        SeatChoice(
            id=seat_id,
            cell_id=cell_id,
            agency_id=agency_id,
            agency_name=agency_name,
            cell_name=cell_name,
            roles=tuple(roles),
            stands_in_for=display_name.partition(STANDS_IN)[2],
        )
        for seat_id, cell_id, agency_id, agency_name, cell_name, roles, display_name in rows
    )
