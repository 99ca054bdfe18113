"""What several tests of the log do: seal, verify, tamper."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from audit import entries, keys, log
from audit.leaf import BEGINNING, END
from audit.sealer import Sealer
from audit.verification import Report, verify

PATIENCE = 60.0
"""Seconds: a transaction that is open in another test's database holds up the sealer as well."""


@contextmanager
def sealing(**options: Any) -> Iterator[Sealer]:
    """A sealer at work on a connection of its own."""
    with log.connect("sealer") as connection:
        yield at_work(Sealer(connection, keys.signing_key(), **options))


def at_work(sealer: Sealer) -> Sealer:
    """The sealer, once it is the one at work: a lock ends a moment after its connection."""
    began = time.monotonic()
    while not sealer.takes_over():
        assert time.monotonic() - began < PATIENCE, "another sealer keeps the lock"
        time.sleep(0.02)
    return sealer


def seal(cell_id: int, **options: Any) -> Sealer:
    """Seal until nothing of this cell waits any more."""
    with sealing(**options) as sealer:
        began = time.monotonic()
        while True:
            while sealer.seal():
                pass
            if cell_id in sealer.damaged or not waiting(cell_id):
                return sealer
            assert time.monotonic() - began < PATIENCE, "entries stay unsealed"
            time.sleep(0.02)


def waiting(cell_id: int) -> int:
    """How many entries of the cell are not sealed yet."""
    with log.connect("auditor") as connection:
        last = log.last_checkpoint(connection, cell_id)
        return entries.since_between(connection, cell_id, last.hi if last else BEGINNING, END)[0]


def verified(cell_id: int) -> Report:
    """What the verification finds, with the auditor role's rights."""
    with log.connect("auditor") as connection:
        return verify(connection, cell_id, keys.public_keys())


@contextmanager
def guards_off(connection: psycopg.Connection, table: str = "audit_entry") -> Iterator[None]:
    """What only a superuser or the owner can do."""
    with connection.transaction():
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        yield
        connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only")


def ids_of(connection: psycopg.Connection, cell_id: int) -> list[int]:
    """The numbers of a cell's entries in the order of the log."""
    rows = connection.execute(
        "SELECT id FROM audit_entry WHERE cell_id = %s ORDER BY epoch, xid, id", [cell_id]
    )
    return [row[0] for row in rows]
