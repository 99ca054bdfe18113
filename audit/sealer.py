"""Puts committed entries in their final order, grows each cell's tree and signs checkpoints.

Writers never wait for it. An entry is taken when its transaction lies below the snapshot's
horizon: nothing can be committed before it any more. All cells are read with one cursor, which is
the highest entry under any checkpoint; each cell has its own tree.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit import checkpoint, entries, events, keys, log
from audit.checkpoint import BadNote, Checkpoint
from audit.growing import CellLog, LogDamaged
from audit.heart import beat
from audit.leaf import BEGINNING, Key, cell_of, key_of
from audit.memory import Memory
from audit.recorder import system_entry
from audit.taking_up import take_up
from audit.witnessing.proofs import NoProof, tree_of

logger = logging.getLogger(__name__)

LOCK = 7_310_101
BATCH = 20_000


class CannotSeal(Exception):
    """The sealer must not work in this state; the message says what to do."""


class Sealer:
    """One sealer. Any number may run: the database lets one work, the others stand by."""

    def __init__(
        self,
        connection: log.Connection,
        key: Ed25519PrivateKey,
        *,
        batch: int = BATCH,
        memory: Memory | None = None,
    ) -> None:
        self.connection = connection
        # What a batch begins from has to be one moment's truth, not two.
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        self.batch = batch
        self.damaged: dict[int, str] = {}
        self._key = key
        self._memory = memory
        self._signed: dict[int, str] = {}
        self._known: Sequence[Ed25519PublicKey] = ()
        self._cells: dict[int, CellLog] | None = None
        self._cursor = BEGINNING
        self._epoch = 0

    def takes_over(self) -> bool:
        """Whether this sealer is the one at work; the lock lasts as long as the connection."""
        return bool(log.execute(self.connection, "SELECT pg_try_advisory_lock(%s)", [LOCK])[0][0])

    def seal(self) -> int:
        """Seal one batch of settled entries, all cells together. Returns how many were taken.

        After any failure the next call begins again from what is stored.
        """
        cells = self._take_up() if self._cells is None else self._cells
        self._cells = None
        self._signed.clear()
        with self.connection.transaction():
            taken = self._seal_into(cells)
        self._keep_in_mind()
        self._cells = cells
        return taken

    def readmit(self, cell_id: int) -> int:
        """Seal what a cell, damaged and now repaired, has gathered in the meantime.

        A person decides this: whoever slipped an entry in behind the sealer's back would get it
        sealed here. LogDamaged when the cell is not repaired.
        """
        with self.connection.transaction():
            stored = log.last_checkpoint(self.connection, cell_id)
            if stored is None:
                raise LogDamaged("this cell has no checkpoint to go on from")
            self._known = self._known_keys()
            _check_signature(stored, self._known)
            cell = take_up(self.connection, [stored], stored.hi)[cell_id]
            if isinstance(cell, LogDamaged):
                raise cell
            reach = log.reach(self.connection)
            leaves = list(entries.leaves_between(self.connection, cell_id, cell.hi, reach))
            if leaves:
                self._write(cell, leaves, self._now())
            entry = system_entry(events.READMITTED, cell_id=cell_id, entries=len(leaves))
            with psycopg.Cursor(self.connection) as cursor:
                cursor.execute(entry.text, entry.values)
        self._keep_in_mind()
        self._cells = None
        return len(leaves)

    def beat(self) -> None:
        """Say that the sealer is at work, how long the oldest entry waits, and what is damaged."""
        beat(self.connection, after=self._cursor, damaged=sorted(self.damaged))

    def accept_loss(self, cell_id: int) -> int:
        """Go on with a cell that no longer holds what was signed last; how many entries are gone.

        A person decides this, after a backup was restored on purpose. What was remembered stays
        beside, and that it happened is an entry.
        """
        if self._memory is None:
            raise CannotSeal("REMPART_LOG_MEMORY is not set: nothing is remembered of any cell.")
        stored = log.last_checkpoint(self.connection, cell_id)
        said = self._memory.remembered(cell_id, keys.chain(self.connection))
        size = stored.size if stored else 0
        lost = max(0, (said.size if said else 0) - size)
        with self.connection.transaction(), psycopg.Cursor(self.connection) as cursor:
            entry = system_entry(events.LOSS_ACCEPTED, cell_id=cell_id, entries=size, lost=lost)
            cursor.execute(entry.text, entry.values)
        self._memory.set_aside(cell_id, said)
        self._cells = None
        return lost

    def _keep_in_mind(self) -> None:
        """After the commit: what is remembered was there for everybody to see."""
        if self._memory is not None:
            for cell_id, note in self._signed.items():
                self._memory.remember(cell_id, note)
        self._signed.clear()

    def _check_memory(self, stored: log.Stored) -> None:
        """LogDamaged unless this log contains what was signed last, here or anywhere."""
        said = self._memory.remembered(stored.cell_id, self._known) if self._memory else None
        if said is None:
            return
        if said.origin != keys.origin(stored.cell_id):
            raise LogDamaged("what was signed last was signed for another log")
        if said.size > stored.size:
            raise LogDamaged(
                f"{said.size} entries were signed, and only {stored.size} are left: this is an"
                " older copy, or another database. If it was restored on purpose:"
                f" manage audit_seal --accept-loss {stored.cell_id}"
            )
        if tree_of(self.connection, stored).root(said.size) != said.root:
            raise LogDamaged("it does not contain what was signed last: it was written anew")

    def _known_keys(self) -> Sequence[Ed25519PublicKey]:
        """The chain, which this sealer's own key ends. CannotSeal when another one signs now."""
        known = keys.chain(self.connection)
        mine = self._key.public_key().public_bytes_raw()
        if mine not in (link.public_bytes_raw() for link in known if link.until is None):
            raise CannotSeal("Another key signs this log now. Read the key file again: restart.")
        return known

    def _now(self) -> datetime:
        at: datetime = log.execute(self.connection, "SELECT clock_timestamp()")[0][0]
        return at

    def _take_up(self) -> dict[int, CellLog]:
        with self.connection.transaction():
            self._epoch = self._checked_epoch()
            self._known = self._known_keys()
            self._cursor = log.reach(self.connection)
            cells: dict[int, CellLog] = {}
            self.damaged = {}
            ours: list[log.Stored] = []
            for stored in log.last_checkpoints(self.connection):
                try:
                    _check_signature(stored, self._known)
                    self._check_memory(stored)
                    ours.append(stored)
                except (LogDamaged, BadNote, NoProof) as damage:
                    self._refuse(stored.cell_id, str(damage))
            for cell_id, found in take_up(self.connection, ours, self._cursor).items():
                if isinstance(found, LogDamaged):
                    self._refuse(cell_id, str(found))
                else:
                    cells[cell_id] = found
        return cells

    def _refuse(self, cell_id: int, why: str) -> None:
        """Sign nothing more for this cell; the others go on."""
        self.damaged[cell_id] = why
        logger.critical(
            "LOG DAMAGED, cell %s: %s. Nothing more is signed for it. Run: manage audit_verify",
            cell_id,
            why,
        )

    def _checked_epoch(self) -> int:
        """The epoch that new entries get, unless transaction numbers have begun again."""
        rows = log.execute(
            self.connection,
            "SELECT substring(pg_get_expr(adbin, adrelid) FROM '[0-9]+')::int,"
            " pg_snapshot_xmax(pg_current_snapshot())::text::int8"
            " FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = adrelid AND a.attnum = adnum"
            " WHERE adrelid = 'audit_entry'::regclass AND attname = 'epoch'",
        )
        epoch, next_xid = rows[0]
        reach = log.reach(self.connection)
        if epoch < reach.epoch or (epoch == reach.epoch and next_xid <= reach.xid):
            raise CannotSeal(
                f"The log reaches to transaction {reach.xid} of epoch {reach.epoch}, but this "
                f"server is only at {next_xid} of epoch {epoch}: it was restored into a new "
                "cluster. Run: manage audit_epoch --next"
            )
        return int(epoch)

    def _seal_into(self, cells: dict[int, CellLog]) -> int:
        found = list(
            entries.settled_leaves(self.connection, self._cursor, self._epoch, limit=self.batch)
        )
        if not found:
            return 0
        by_cell: dict[int, list[bytes]] = defaultdict(list)
        for leaf in found:
            by_cell[cell_of(leaf)].append(leaf)
        at = self._now()
        for cell_id in sorted(by_cell):
            if cell_id not in cells:
                self._begin(cell_id, cells)
            if cell_id in cells:
                cell = cells[cell_id]
                self._write(cell, by_cell[cell_id], at)
        self._cursor = key_of(found[-1])
        return len(found)

    def _begin(self, cell_id: int, cells: dict[int, CellLog]) -> None:
        """The first entries of a cell begin its log, unless there must have been one already."""
        if cell_id in self.damaged:
            return
        older = not entries.is_empty_between(self.connection, cell_id, BEGINNING, self._cursor)
        if older or log.tiles(self.connection, cell_id, 0, 0, 1):
            self._refuse(cell_id, "it has been sealed before, but no checkpoint is left")
        elif self._memory is not None and self._memory.has(cell_id):
            self._refuse(
                cell_id,
                "checkpoints of it were signed, but none is left: this is an older copy, or"
                f" another database. If on purpose: manage audit_seal --accept-loss {cell_id}",
            )
        else:
            cells[cell_id] = CellLog(cell_id)

    def _write(self, cell: CellLog, leaves: list[bytes], at: datetime) -> None:
        grown_from = cell.size
        grown = cell.grow(leaves)
        said = Checkpoint(keys.origin(cell.cell_id), cell.size, cell.edge.root(), at)
        note = self._signed[cell.cell_id] = checkpoint.sign(said, self._key)
        with psycopg.Cursor(self.connection) as cursor:
            if grown.tiles:
                levels, numbers, hashes, roots = map(list, zip(*grown.tiles, strict=True))
                cursor.execute(
                    "INSERT INTO audit_tile (cell_id, level, n, hashes, root)"
                    " SELECT %s, * FROM unnest(%s::int2[], %s::int8[], %s::bytea[], %s::bytea[])",
                    [cell.cell_id, levels, numbers, hashes, roots],
                )
            if grown.bundles:
                cursor.executemany(
                    "INSERT INTO audit_bundle VALUES"
                    " (%s, %s, %s, %s::xid8, %s, %s, %s::xid8, %s, %s)",
                    [_bundle_row(cell.cell_id, n, full) for n, full in grown.bundles],
                )
            cursor.execute(
                "INSERT INTO audit_checkpoint VALUES (%s, %s, %s, %s, %s, %s::xid8, %s, %s, %s)",
                [
                    cell.cell_id,
                    said.size,
                    grown_from,
                    said.root,
                    *log.in_sql(cell.hi),
                    said.at,
                    note,
                ],
            )


def _bundle_row(cell_id: int, n: int, full: list[Key]) -> list[object]:
    ids = log.packed([key.id for key in full])
    return [cell_id, n, *log.in_sql(full[0]), *log.in_sql(full[-1]), ids]


def _check_signature(stored: log.Stored, known: Sequence[Ed25519PublicKey]) -> None:
    """LogDamaged unless the note is ours and says what the columns say."""
    try:
        said = checkpoint.read(stored.note, known)
    except BadNote as bad:
        raise LogDamaged(f"the last checkpoint is not ours: {bad}") from None
    expected = Checkpoint(keys.origin(stored.cell_id), stored.size, stored.root, stored.at)
    if said != expected:
        raise LogDamaged("the last checkpoint says something else than what is stored beside it")
