"""The second step of signing in: a code from the person's authenticator."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import django_otp
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from agencies import events
from agencies.models import Account
from agencies.oidc.through import Through, cells_accepting
from agencies.services import throttle
from agencies.services.origin import SIGNIN, Origin
from agencies.services.recording import record_step
from agencies.services.sign_in import Wait
from kernel.clock import now
from kernel.errors import Invalid, NotAllowed
from kernel.models import Seat

REFUSED = _("Ce code n'est pas valable ou a déjà servi. Attendez le suivant et réessayez.")
NO_SEAT = _(
    "Votre compte n'a de rôle dans aucune cellule en ce moment. Adressez-vous à la personne qui "
    "administre votre cellule."
)
_CODE = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True)
class SeatChoice:
    """One place that the person may take for this session."""

    id: UUID
    cell_id: int
    agency_id: UUID
    agency_name: str
    cell_name: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Both factors have been shown; what remains is to say in which seat."""

    account_id: UUID
    factor_at: datetime
    seats: tuple[SeatChoice, ...]


def confirm_factor(
    origin: Origin, *, account_id: UUID, code: str, through: Through | None = None
) -> Confirmed:
    """Check a code and use it up.

    The library locks the device's row, so of many uses of one code at the same moment exactly one
    is accepted. Raises Invalid for a wrong or used code, Wait after too many, NotAllowed when the
    person has no valid place anywhere.
    """
    account = Account.objects.using(SIGNIN).filter(pk=account_id, is_active=True).first()
    turn = throttle.take("code", account.email if account else str(account_id), origin)
    if turn.wait_until is not None:
        record_step(events.CODE, origin, account, refused="too_many", factor="totp")
        raise Wait(turn.wait_until)
    with transaction.atomic(using=SIGNIN):
        accepted = account is not None and _accepts(account, code)
        if accepted:
            throttle.give_back(turn)
            record_step(events.CODE, origin, account, factor="totp")
    if account is None or not accepted:
        record_step(events.CODE, origin, account, refused="wrong_code", factor="totp")
        raise Invalid(REFUSED)
    throttle.remember(account.email, origin)
    seats = seats_of(account.pk, through)
    if not seats:
        raise NotAllowed(NO_SEAT)
    return Confirmed(account_id=account.pk, factor_at=now(), seats=seats)


def seats_of(account_id: UUID, through: Through | None = None) -> tuple[SeatChoice, ...]:
    """The places that this account may take now, in cells that accept the provider if any."""
    moment = now()
    seats = Seat.objects.using(SIGNIN).filter(
        account_id=account_id, valid_from__lte=moment, valid_until__gt=moment
    )
    if through is not None:
        seats = seats.filter(cell_id__in=cells_accepting(through.idp_id))
    return tuple(
        SeatChoice(
            id=seat.pk,
            cell_id=seat.cell_id,
            agency_id=seat.agency_id,
            agency_name=seat.agency_name,
            cell_name=seat.cell_name,
            roles=tuple(seat.roles),
        )
        for seat in seats.order_by("cell_name", "agency_name", "id")
    )


def _accepts(account: Account, code: str) -> bool:
    typed = re.sub(r"[\s\u00a0]", "", code)
    device = TOTPDevice.objects.using(SIGNIN).filter(user_id=account.pk, confirmed=True).first()
    if device is None or not _CODE.fullmatch(typed):
        return False
    return django_otp.verify_token(account, device.persistent_id, typed) is not None
