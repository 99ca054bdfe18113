"""Carries out what two people have decided, in small steps that anybody may take up again.

First every leaf that goes is named, then the digest of these names is written as an entry, and
only when a checkpoint lies over it the entries go. Each step is a transaction of its own: whoever
dies between two leaves nothing half done, and nothing waits long behind it.
"""

import time
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connections, transaction

from audit.keeping import events
from audit.keeping.periods import ordinary_kinds
from audit.recorder import record_system
from audit.registry import EventKind

LISTED_AT_ONCE = 256
PRUNED_AT_ONCE = 16
"""Tiles in one step: a long transaction would keep the sealer waiting."""


def lapse() -> int:
    """Give up the proposals that nobody signed in time; returns how many."""
    with transaction.atomic(using="worker"):
        lapsed = _rows("SELECT which, in_cell FROM audit.lapse_purges()")
        for which, cell_id in lapsed:
            _record(events.LAPSED, which, cell_id, before="proposed", after="lapsed")
    return len(lapsed)


def carry_out(*, seconds: float = 20.0) -> int:
    """Go on with every purge that is signed, for so long; returns how many came to their end."""
    until = time.monotonic() + seconds
    ended = 0
    for purge_id, cell_id in _rows(
        "SELECT id, cell_id FROM audit_purge WHERE state IN ('signed', 'named') ORDER BY signed_at"
    ):
        left: int | None = 1
        while left is not None and left > 0 and time.monotonic() < until:
            left = _name(purge_id, cell_id)
        left = 1
        while left is not None and left > 0 and time.monotonic() < until:
            left = _prune(purge_id, cell_id)
        if left == 0:
            ended += 1
            _forget_counts(purge_id)
    return ended


def _name(purge_id: UUID, cell_id: int) -> int | None:
    """Name the next leaves; with the last of them, write down what was named."""
    with transaction.atomic(using="worker"):
        left: int | None = _value(
            "SELECT audit.list_purge(%s, %s, %s)", purge_id, ordinary_kinds(), LISTED_AT_ONCE
        )
        if left == 0:
            [(entries, sha256)] = _rows("SELECT * FROM audit.purge_sum(%s)", purge_id)
            [(ordinary, control)] = _rows(
                "SELECT ordinary_before, control_before FROM audit_purge WHERE id = %s", purge_id
            )
            _record(
                events.PURGED,
                purge_id,
                cell_id,
                sha256=sha256,
                entries=entries,
                ordinary_before=ordinary.date(),
                control_before=control.date(),
                before="signed",
                after="named",
            )
            _rows("SELECT audit.name_purge(%s)", purge_id)
    return left


def _prune(purge_id: UUID, cell_id: int) -> int | None:
    """Take the next named entries; with the last of them, write down how many went."""
    with transaction.atomic(using="worker"):
        left: int | None = _value("SELECT audit.prune(%s, %s)", purge_id, PRUNED_AT_ONCE)
        if left == 0:
            gone = _value("SELECT gone FROM audit_purge WHERE id = %s", purge_id)
            _record(events.DONE, purge_id, cell_id, entries=gone, before="named", after="done")
    return left


def _forget_counts(purge_id: UUID) -> None:
    """What the tally says of the days that are gone; what is left of it the next purge takes."""
    day: date | None = date(1, 1, 1)
    while day is not None:
        day = _value("SELECT audit.forget_counts(%s, %s)", purge_id, day)


def _record(kind: EventKind, purge_id: UUID, cell_id: int, **facts: Any) -> None:
    record_system(
        kind, using="worker", cell_id=cell_id, subject_id=purge_id, purge=purge_id, **facts
    )


def _rows(query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connections["worker"].cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())


def _value(query: str, *parameters: Any) -> Any:
    return _rows(query, *parameters)[0][0]
