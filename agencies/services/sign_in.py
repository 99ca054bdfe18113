"""The first step of signing in: an address and a password."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext_lazy as _

from agencies import events
from agencies.models import Account
from agencies.services import throttle
from agencies.services.create_account import as_address
from agencies.services.origin import SIGNIN, Origin
from agencies.services.recording import record_step, step_of
from agencies.services.standing import behind
from kernel.clock import now
from kernel.errors import Invalid, TooMany
from kernel.statements import send

LONGEST_PASSWORD = 1000
REFUSED = _("L'adresse ou le mot de passe n'est pas le bon.")


class Wait(TooMany):
    """Too many tries; `until` says when the next one counts."""

    def __init__(self, until: datetime) -> None:
        self.until = until
        super().__init__(_("Trop d'essais. Patientez un quart d'heure, puis réessayez."))

    @property
    def seconds(self) -> int:
        """How long to wait, for the Retry-After header."""
        return max(1, int((self.until - now()).total_seconds()) + 1)


def sign_in(origin: Origin, *, email: str, password: str) -> UUID:
    """Return the account whose password this is. It is not signed in yet: a code comes next.

    An unknown address, a wrong password and an account that is switched off get the same answer
    after the same work. Raises Invalid, or Wait when this has been tried too often.
    """
    address = as_address(email)[:254]
    turn = throttle.take("password", address, origin)
    found = behind(address)
    account, cells = found.account, found.cells
    if turn.wait_until is not None:
        if turn.first_refusal:
            record_step(events.PASSWORD, origin, account, cells=cells, refused="too_many")
        raise Wait(turn.wait_until)
    right = _is_right(account, password[:LONGEST_PASSWORD])
    if account is None or not right:
        record_step(events.PASSWORD, origin, account, cells=cells, refused="wrong_credentials")
        raise Invalid(REFUSED)
    send(
        SIGNIN,
        throttle.giving_back(turn),
        step_of(events.PASSWORD, origin, account, cells=cells),
    )
    return account.pk


def _is_right(account: Account | None, password: str) -> bool:
    """Hash exactly once, whoever is asked for."""
    if account is None:
        make_password(password)
        return False
    return account.check_password(password) and account.is_active
