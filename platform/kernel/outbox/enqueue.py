"""Owe an effect to a person, in the transaction of the change."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

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
    owe(
        connection,
        cell_id=viewer.cell_id,
        event_id=event_id,
        kind=kind,
        recipients=set(recipients) - {viewer.account_id},
        subject_id=subject_id,
        channels=channels,
        due_at=due_at,
    )


def owe(
    using: BaseDatabaseWrapper,
    *,
    cell_id: int,
    event_id: UUID,
    kind: str,
    recipients: Iterable[UUID],
    subject_id: UUID | None,
    channels: Iterable[str] = CHANNELS,
    due_at: datetime | None = None,
) -> None:
    """The same where nobody is looking: in the open transaction of another role's connection.

    Row security says which kinds that role may owe. Raises RuntimeError outside a transaction.
    """
    if not using.in_atomic_block:
        raise RuntimeError("An effect is owed inside the transaction that causes it.")
    moment = now()
    rows = [
        (cell_id, event_id, account, channel, kind, subject_id, moment, due_at or moment)
        for account in set(recipients)
        for channel in channels
    ]
    with using.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO kernel_outbox (cell_id, event_id, recipient, channel, kind, subject_id,"
            " created_at, due_at, attempts, last_error)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 0, '') ON CONFLICT DO NOTHING",
            rows,
        )
