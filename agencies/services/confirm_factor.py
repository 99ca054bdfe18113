"""The second step of signing in: a factor that the person holds or is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from agencies.naming import STANDS_IN
from agencies.oidc.through import Through, cells_accepting
from agencies.services import factors
from agencies.services.factors import Kind
from agencies.services.origin import SIGNIN, Origin
from kernel.clock import now
from kernel.errors import NotAllowed
from kernel.models import Seat

NO_SEAT = _(
    "Votre compte n'a de rôle dans aucune cellule en ce moment. Adressez-vous à la personne qui "
    "administre votre cellule."
)


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
) -> Confirmed:
    """Check a factor, use it up, and say which places may be taken with it.

    Raises Invalid for a wrong or used one, Wait after too many, NotAllowed when the person has no
    valid place anywhere.
    """
    shown = factors.check(
        origin, account_id=account_id, kind=kind, answer=code, device_id=device_id
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
            stands_in_for=seat.display_name.partition(STANDS_IN)[2],
        )
        for seat in seats.order_by("cell_name", "agency_name", "id")
    )
