"""Telling people that something about their sign-in has changed, from the sign-in connection."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import connections

from agencies.services.origin import SIGNIN
from kernel.clock import now
from kernel.ids import uuid7
from kernel.models import Seat
from kernel.outbox.enqueue import owe


def tell(kind: str, account_id: UUID, *, subject_id: UUID | None = None) -> None:
    """Owe the person one mail, and a line in the inbox of each cell where they have a place.

    Part of the open transaction on the sign-in connection. Somebody without a place is written to
    all the same: who has stolen an account may be what they are told about.
    """
    cells = cells_of(account_id) or [0]
    for number, cell_id in enumerate(cells):
        channels = ("inbox", "email") if number == 0 else ("inbox",)
        _owe(kind, [account_id], cell_id, subject_id, channels)


def tell_those_who_agree(kind: str, cell_id: int, *, subject_id: UUID, besides: UUID) -> None:
    """Owe a notice to whoever administers the cell, except the person whom it is about."""
    moment = now()
    admins = Seat.objects.using(SIGNIN).filter(
        cell_id=cell_id,
        roles__contains=["cell_admin"],
        valid_from__lte=moment,
        valid_until__gt=moment,
    )
    people = set(admins.values_list("account_id", flat=True)) - {besides}
    _owe(kind, people, cell_id, subject_id, ("inbox", "email"))


def cells_of(account_id: UUID) -> list[int]:
    """The cells in which this account has a place now."""
    moment = now()
    seats = Seat.objects.using(SIGNIN).filter(
        account_id=account_id, valid_from__lte=moment, valid_until__gt=moment
    )
    return sorted(set(seats.values_list("cell_id", flat=True)))


def _owe(
    kind: str,
    people: Iterable[UUID],
    cell_id: int,
    subject_id: UUID | None,
    channels: Iterable[str],
) -> None:
    owe(
        connections[SIGNIN],
        cell_id=cell_id,
        event_id=uuid7(),
        kind=kind,
        recipients=people,
        subject_id=subject_id,
        channels=channels,
    )
