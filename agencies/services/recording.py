"""Writing a step of signing in into the record of every cell it concerns."""

from __future__ import annotations

from typing import Any

from agencies.models import Account
from agencies.services.origin import Origin
from agencies.services.telling import cells_of
from audit import EventKind, record_signin
from kernel.ids import uuid7


def record_step(
    kind: EventKind,
    origin: Origin,
    account: Account | None,
    *,
    refused: str | None = None,
    **facts: Any,
) -> None:
    """Record a step before a seat is taken: once in each cell where the account has a seat now.

    A cell that somebody has left learns nothing more of them. Somebody without a seat is recorded
    under no cell, and so is an unknown address, after the same look-up as a known one.
    """
    for cell_id in cells_of(account.pk if account else uuid7()) or [0]:
        record_signin(
            kind,
            account_id=account.pk if account else None,
            cell_id=cell_id,
            request_id=origin.request_id,
            refused=refused,
            **facts,
        )
