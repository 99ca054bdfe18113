"""Writing a step of signing in into the record of every cell it concerns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agencies.models import Account
from agencies.services.origin import SIGNIN, Origin
from agencies.services.telling import cells_of
from audit import EventKind, signin_entries
from kernel.ids import uuid7
from kernel.statements import Statement, send


def record_step(
    kind: EventKind,
    origin: Origin,
    account: Account | None,
    *,
    cells: Sequence[int] | None = None,
    refused: str | None = None,
    **facts: Any,
) -> None:
    """Record a step before a seat is taken: once in each cell where the account has a seat now.

    A cell that somebody has left learns nothing more of them. Somebody without a seat is recorded
    under no cell, and so is an unknown address, after the same look-up as a known one. Who has
    looked the cells up already gives them.
    """
    if cells is None:
        cells = cells_of(account.pk if account else uuid7())
    send(SIGNIN, step_of(kind, origin, account, cells=cells, refused=refused, **facts))


def step_of(
    kind: EventKind,
    origin: Origin,
    account: Account | None,
    *,
    cells: Sequence[int],
    refused: str | None = None,
    **facts: Any,
) -> Statement:
    """What records a step in these cells, to be sent with what else the step changes."""
    return signin_entries(
        kind,
        cells=cells or [0],
        account_id=account.pk if account else None,
        request_id=origin.request_id,
        refused=refused,
        **facts,
    )
