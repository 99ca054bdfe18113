"""Changing the root key, and what a backup of keys is. On the keeper's connection.

Nothing stops meanwhile: each wrapped key is replaced by itself, and only if it is still what was
read. Whoever breaks off begins again where it ended.
"""

import base64
import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db import connections, transaction

from kernel.commanding import RESTORED, SAVED, tell
from kernel.crypto.keyring import RootKey
from kernel.crypto.periods import period_context

ALIAS: Final = "keeper"
Watch = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Wrapped:
    """Something that the root key has wrapped: where it stands, and what binds it there."""

    place: tuple[Any, ...]
    blob: bytes
    context: bytes


def rewrapped(
    root: RootKey, found: Iterable[Wrapped], keep: Callable[[Wrapped, bytes], None], watch: Watch
) -> int:
    """Wrap each of these by the key in use, those apart that it has wrapped; how many were."""
    done = 0
    for one in found:
        if not root.is_current(one.blob):
            fresh = root.wrap(root.unwrap(one.blob, one.context), one.context)
            with transaction.atomic(using=ALIAS):
                keep(one, fresh)
            done += 1
        watch(1)
    return done


def period_keys() -> list[Wrapped]:
    """Every period key of every cell."""
    rows = asked(
        "SELECT id, cell_id, period, generation, wrapped FROM kernel_period_key ORDER BY id"
    )
    return [Wrapped((row[0],), bytes(row[4]), period_context(*row[1:4])) for row in rows]


def keep_period_key(one: Wrapped, fresh: bytes) -> None:
    """Put the fresh wrapping in the place of what was read."""
    told(
        "UPDATE kernel_period_key SET wrapped = %s WHERE id = %s AND wrapped = %s",
        [fresh, *one.place, one.blob],
    )


def saved() -> str:
    """All period keys as they are wrapped now, as a text to keep apart from the database.

    After a change of the root key older backups of the database open with this text alone. Keep
    the latest one and destroy the others: a shredded period is no longer in it. On record in the
    transaction around it.
    """
    rows = asked(
        "SELECT id, cell_id, period, generation, wrapped FROM kernel_period_key ORDER BY id"
    )
    told_rows = [[str(row[0]), *row[1:4], base64.b64encode(bytes(row[4])).decode()] for row in rows]
    tell(SAVED, ALIAS, Counter(row[1] for row in rows))
    return json.dumps({"rempart_period_keys": told_rows}, indent=1)


def restored(text: str) -> int:
    """Put saved period keys in the place of those of a restored backup; how many there are.

    What is not in the text is destroyed: it had been shredded since.
    """
    rows = [
        (row[0], *row[1:4], base64.b64decode(row[4]))
        for row in json.loads(text)["rempart_period_keys"]
    ]
    with transaction.atomic(using=ALIAS):
        there = Counter(row[0] for row in asked("SELECT cell_id FROM kernel_period_key"))
        told("DELETE FROM kernel_period_key", [])
        for row in rows:
            told(
                "INSERT INTO kernel_period_key (id, cell_id, period, generation, wrapped,"
                " created_at) VALUES (%s, %s, %s, %s, %s, now())",
                row,
            )
        now_there = Counter(int(row[1]) for row in rows)
        tell(RESTORED, ALIAS, {cell_id: now_there[cell_id] for cell_id in {*there, *now_there}})
    return len(rows)


def asked(statement: str, values: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
    """The rows that the keeper finds."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(statement, list(values))
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def told(statement: str, values: Iterable[Any]) -> int:
    """A change by the keeper; how many rows it reached."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(statement, list(values))
        return int(cursor.rowcount)
