"""The sealed record that is tampered with: three cells, two epochs, three months, a known state.

It stands in a database of its own. The owner's guards are off there from the beginning, and row
security no longer holds the owner: this is what an owner of the tables can do to any database.
"""

import os
import random
import time
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any

import psycopg

from audit import checkpoint, entries, keys, log
from audit.checkpoint import Checkpoint
from audit.leaf import Key, key_of
from audit.merkle import WIDTH
from audit.sealer import Sealer

CELLS = (80, 60, 2)
AHEAD = 4_000_000
"""By so much the transactions of the first epoch are ahead of those of the second."""
BATCH = 160
PATIENCE = 60.0
TABLES = ("audit_entry", "audit_tile", "audit_bundle", "audit_checkpoint")
# Months from now, and how many entries each cell writes: two full tiles, one, and none.
FIRST_EPOCH = ((0, (300, 150, 12)),)
SECOND_EPOCH = ((1, (240, 140, 20)), (2, (70, 40, 8)))
MONTHS = 3
LAST = (9, 6, 4)
"""What the delivered checkpoints do not cover."""

# The default one comes last.
PARTITIONS = """
SELECT relid::regclass::text FROM pg_partition_tree('audit_entry') WHERE isleaf ORDER BY 1
"""
WRITE = """
INSERT INTO audit_entry (cell_id, kind, outcome, actor, seat, agency, case_id, subject_id, request,
                         payload)
SELECT %(cell)s::int, (ARRAY['case.read', 'identity.revealed', 'search.done'])[1 + g %% 3],
       CASE WHEN g %% 11 = 0 THEN 'refused' ELSE 'done' END,
       md5('a' || g %% 9)::uuid, md5('s' || g %% 9)::uuid, md5('o' || g %% 4)::uuid,
       CASE WHEN g %% 5 > 0 THEN md5('c' || g %% 20)::uuid END,
       CASE WHEN g %% 7 = 0 THEN md5('p' || g %% 30)::uuid END, md5('r' || g)::uuid,
       convert_to('{"channel":"page","facts":{"entries":' || g || '},"nonce":"'
                  || md5('n' || g || 'in' || %(cell)s::int) || '"}', 'UTF8')
  FROM generate_series(%(first)s::int, %(last)s::int) g
"""


def connected(name: str, role: str = "") -> psycopg.Connection[Any]:
    """A connection to a database of the cluster as one of our roles; without one, as its master."""
    word = role.upper() or "ADMIN"
    user = f"rempart_{role}" if role else os.environ["REMPART_DB_ADMIN_USER"]
    return psycopg.connect(
        host=os.environ["REMPART_DB_HOST"],
        port=os.environ.get("REMPART_DB_PORT", "5432"),
        user=user,
        password=os.environ[f"REMPART_DB_PASSWORD_{word}"],
        dbname=name,
        autocommit=True,
    )


@dataclass(slots=True)
class Ground:
    """What lies in the database before anybody touches it."""

    keys: dict[int, list[Key]] = field(default_factory=dict)
    checkpoints: dict[int, list[log.Stored]] = field(default_factory=dict)
    delivered: dict[int, Checkpoint] = field(default_factory=dict)
    """What somebody outside has kept of each cell."""
    partitions: list[str] = field(default_factory=list)
    """The months in which there are entries."""

    def size(self, cell: int) -> int:
        return len(self.keys[cell])

    def undelivered(self) -> dict[int, int]:
        """How many entries of each cell nobody outside knows of yet."""
        return {cell: self.size(cell) - said.size for cell, said in self.delivered.items()}

    def tiles(self, cell: int) -> int:
        return self.size(cell) // WIDTH

    def place(self, cell: int, key: Key) -> int:
        """How many entries of the cell come before this place."""
        return bisect_right(self.keys[cell], key)

    def around(self, cell: int, index: int) -> tuple[int, int]:
        """The entries that were sealed together with this one: from where, and up to where."""
        sizes = [0, *(each.size for each in self.checkpoints[cell])]
        at = min(bisect_right(sizes, index), len(sizes) - 1)
        return sizes[at - 1], sizes[at]


def prepared(name: str) -> Ground:
    """Fill, seal and deliver; then take the guards away."""
    with connected(name) as owner:
        owner.execute("SET ROLE rempart_owner")
        _unguarded(owner)
        _writing(owner, epoch=1, xid=f"((pg_current_xact_id()::text::int8 + {AHEAD})::text::xid8)")
        written = _filled(owner, FIRST_EPOCH, (0, 0, 0))
        _writing(owner, epoch=2, xid="pg_current_xact_id()")
        written = _filled(owner, SECOND_EPOCH, written)
        _seal(name, sum(written))
        ground = Ground()
        for cell in CELLS:
            stored = log.last_checkpoint(owner, cell)
            if stored is not None:
                ground.delivered[cell] = checkpoint.read(stored.note, keys.chain(owner))
        written = _filled(owner, ((2, LAST),), written)
        _seal(name, sum(written))
        for cell in CELLS:
            ground.checkpoints[cell] = log.checkpoints(owner, cell, limit=1000)
            leaves = entries.leaves(owner, "cell_id = %s", [cell])
            ground.keys[cell] = [key_of(leaf) for leaf in leaves]
        ground.partitions = [
            row[0]
            for row in owner.execute(
                "SELECT DISTINCT tableoid::regclass::text FROM audit_entry ORDER BY 1"
            )
        ]
    return ground


def _unguarded(owner: psycopg.Connection[Any]) -> None:
    parts = [row[0] for row in owner.execute(PARTITIONS)]
    for part in parts[MONTHS:-1]:
        owner.execute(f"DROP TABLE {part}")  # empty: each would only be planned for
    for table in {*TABLES, *parts[:MONTHS], *parts[-1:]}:
        owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        owner.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    owner.execute("ALTER TABLE audit_entry ALTER id SET GENERATED BY DEFAULT")
    for table, column in (("tile", "hashes"), ("bundle", "ids")):
        owner.execute(f"ALTER TABLE audit_{table} DROP CONSTRAINT audit_{table}_{column}_check")


def _writing(owner: psycopg.Connection[Any], *, epoch: int, xid: str) -> None:
    owner.execute(f"ALTER TABLE audit_entry ALTER epoch SET DEFAULT {epoch}")
    owner.execute(f"ALTER TABLE audit_entry ALTER xid SET DEFAULT {xid}")


def _filled(
    owner: psycopg.Connection[Any],
    months: tuple[tuple[int, tuple[int, ...]], ...],
    written: tuple[int, ...],
) -> tuple[int, ...]:
    """Write so many more entries of each cell, a few in each transaction, the cells by turns."""
    chance = random.Random(7)
    for month, counts in months:
        owner.execute(
            "ALTER TABLE audit_entry ALTER at SET DEFAULT"
            f" clock_timestamp() + make_interval(months => {month})"
        )
        left, done = dict(zip(CELLS, counts, strict=True)), dict(zip(CELLS, written, strict=True))
        while any(left.values()):
            cell = chance.choice([each for each in CELLS for _ in range(left[each])])
            some = min(left[cell], chance.randint(1, 40))
            about = {"cell": cell, "first": done[cell] + 1, "last": done[cell] + some}
            owner.execute(WRITE, about)
            left[cell] -= some
            done[cell] += some
        written = tuple(done.values())
    return written


def _seal(name: str, count: int) -> None:
    """Seal so many: whatever else is open in the cluster holds the newest ones back."""
    began = time.monotonic()
    with connected(name, "sealer") as connection:
        sealer = Sealer(connection, keys.signing_key(), batch=BATCH)
        while not sealer.takes_over():
            _patient(began, "another sealer keeps the lock")
        with connected(name) as reading:
            while _sealed(reading) < count:
                sealer.seal()
                _patient(began, "entries stay unsealed")


def _sealed(connection: psycopg.Connection[Any]) -> int:
    found = connection.execute(
        "SELECT coalesce(sum(size), 0)::int FROM"
        " (SELECT max(size) AS size FROM audit_checkpoint GROUP BY cell_id) s"
    ).fetchone()
    return int(found[0]) if found else 0


def _patient(began: float, problem: str) -> None:
    if time.monotonic() - began > PATIENCE:
        raise RuntimeError(problem)
    time.sleep(0.02)
