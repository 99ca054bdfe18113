"""A person signs in at a terminal as on the pages: a command has no rights of its own."""

from __future__ import annotations

import getpass
import secrets
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from agencies.services.confirm_factor import confirm_factor
from agencies.services.open_session import open_session
from agencies.services.origin import Origin
from agencies.services.sign_in import sign_in
from agencies.services.sign_out import sign_out
from kernel.errors import DomainError, NotAllowed
from kernel.ids import uuid7
from kernel.scope import acting_as, bind
from kernel.viewer import Viewer


@contextmanager
def signed_in(
    command: str, *, email: str, code: str, roles: Collection[str], otherwise: str
) -> Iterator[Viewer]:
    """One transaction as this person, in their first place with one of these roles.

    Signed out again at the end. A refusal ends the command with its sentence; ``otherwise`` is
    what somebody without such a place is told.
    """
    try:
        viewer = _opened(command, email, _password(), code, roles, otherwise)
        try:
            with acting_as(viewer, channel="command") as looking:
                yield looking
        finally:
            with acting_as(viewer, channel="command") as leaving:
                sign_out(leaving)
    except DomainError as refusal:
        raise CommandError(str(refusal.message)) from refusal


def _password() -> str:
    """Asked for at a terminal, read from standard input otherwise; never an argument."""
    if sys.stdin.isatty():
        return getpass.getpass(_("Mot de passe : "))
    return sys.stdin.readline().rstrip("\n")


def _opened(
    command: str, email: str, password: str, code: str, roles: Collection[str], otherwise: str
) -> Viewer:
    """A session of its own, in the first place of this person that has one of the roles."""
    origin = Origin("127.0.0.1", f"manage.py {command}", uuid7())
    account = sign_in(origin, email=email, password=password)
    confirmed = confirm_factor(origin, account_id=account, code=code)
    for seat in confirmed.seats:
        if set(roles) & set(seat.roles):
            token = secrets.token_hex(32)
            open_session(
                origin,
                account_id=account,
                seat_id=seat.id,
                token=token,
                factor_at=confirmed.factor_at,
                factor=confirmed.factor,
            )
            with transaction.atomic():
                viewer = bind(token, channel="command")
            if viewer is not None:
                return viewer
    raise NotAllowed(otherwise)
