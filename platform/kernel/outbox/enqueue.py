"""Owe an effect to a person, in the transaction of the change."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection

from kernel.clock import now
from kernel.viewer import Viewer

CHANNELS = ("inbox", "email")


def enqueue(
    viewer: Viewer,
    *,
    event_id: UUID,
    kind: str,
    recipients: Iterable[UUID],
    subject_id: UUID | None,
    channels: Iterable[str] = CHANNELS,
    due_at: datetime | None = None,
) -> None:
    """Owe one notification per recipient account and channel; the same event owes it once.

    The author of an event is not told about it. Raises RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An effect is owed inside the transaction that causes it.")
    moment = now()
    rows = [
        (viewer.cell_id, event_id, account, channel, kind, subject_id, moment, due_at or moment)
        for account in set(recipients) - {viewer.account_id}
        for channel in channels
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO kernel_outbox (cell_id, event_id, recipient, channel, kind, subject_id,"
            " created_at, due_at, attempts, last_error)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 0, '') ON CONFLICT DO NOTHING",
            rows,
        )
