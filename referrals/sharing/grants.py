"""The grants, seats and shares of a case, as far as the database tells this viewer of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from referrals.sharing.sight import Seat, Way

WHOLE, OWN = "all", "own"


@dataclass(frozen=True, slots=True)
class Offer:
    """A share of the case, at whatever point of its life, as far as an explanation needs it."""

    share_id: UUID
    to_unit: int
    to_secrecy_unit: int | None
    scope: int
    state: str
    expires_at: datetime
    moved_at: datetime


def grants_on(case_id: UUID) -> list[Way]:
    """Every grant on the case; only those of the viewer's own units for who is told no more."""
    return [Way(*row) for row in _rows("SELECT * FROM referrals.grants_on(%s)", case_id)]


def seats_on(case_id: UUID) -> list[Seat]:
    """The seats that hold a unit to which something of the case is open now."""
    return [_seat(row) for row in _rows("SELECT * FROM referrals.seats_on(%s)", case_id)]


def seat_for(case_id: UUID, seat_id: UUID) -> Seat | None:
    """One seat of the cell, or None where the viewer is not told of it."""
    rows = _rows("SELECT * FROM referrals.seat_for(%s, %s)", case_id, seat_id)
    return _seat(rows[0]) if rows else None


def shares_on(case_id: UUID) -> list[Offer]:
    """The shares of the case, the newest first."""
    return [Offer(*row) for row in _rows("SELECT * FROM referrals.shares_on(%s)", case_id)]


def references_received() -> dict[UUID, str]:
    """The references of the cases that were ever opened to one of the viewer's units."""
    return dict(_rows("SELECT * FROM referrals.references_received()"))


def _seat(row: tuple[Any, ...]) -> Seat:
    seat, name, agency, agency_name, kind, roles, units, bound, signed = row
    return Seat(
        seat, name, agency, agency_name, kind, frozenset(roles), frozenset(units), bound, signed
    )


def _rows(query: str, *values: UUID) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
