"""Writing a step of signing in into the record of every cell it concerns."""

from __future__ import annotations

from typing import Any

from agencies.models import Account
from agencies.services.origin import SIGNIN, Origin
from audit import EventKind, record_signin
from kernel.ids import uuid7
from kernel.models import Seat


def record_step(
    kind: EventKind,
    origin: Origin,
    account: Account | None,
    *,
    refused: str | None = None,
    **facts: Any,
) -> None:
    """Record a step before a seat is taken: once in each cell where the account has a seat.

    An unknown address is recorded under no cell, after the same look-up as a known one.
    """
    owner = account.pk if account else uuid7()
    cells = Seat.objects.using(SIGNIN).filter(account_id=owner).values_list("cell_id", flat=True)
    for cell_id in sorted(set(cells)) or [0]:
        record_signin(
            kind,
            account_id=account.pk if account else None,
            cell_id=cell_id,
            request_id=origin.request_id,
            refused=refused,
            **facts,
        )
