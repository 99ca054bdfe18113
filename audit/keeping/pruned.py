"""Which entries may be missing from a log: those that a sealed purge of two people has named.

What stands in ``audit_pruned`` is believed only as far as the log itself bears it out. The list
has the digest that a sealed ``keeping.purged`` gives; one person's ``keeping.proposed`` and another
one's ``keeping.signed`` stand before it in the log; and a checkpoint lay over the leaf long before
one lay over that entry. That the entries are themselves sealed is seen by whoever verifies the log:
one that was slipped in is a finding of its own.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from struct import Struct
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit import checkpoint, entries, log, merkle, payload
from audit.checkpoint import BadNote
from audit.damage import Finding
from audit.leaf import BEGINNING, NOBODY, Entry, read
from audit.sql.keeping import ABOUT_PURGES
from audit.witnessing.proofs import NoProof, index_of

FLOOR = timedelta(days=180)
"""No entry goes earlier than that after it was sealed, whoever signs: six months, which are never
shorter."""
_ROW = Struct(">Q32s")


class Pruned:
    """What may be missing under one checkpoint of a cell's log."""

    def __init__(
        self,
        connection: log.Connection,
        stored: log.Stored,
        public: Sequence[Ed25519PublicKey],
    ) -> None:
        self.findings: list[Finding] = []
        self._connection = connection
        self._stored = stored
        self._public = public
        self._limits: dict[UUID, int] = {}
        about: defaultdict[UUID, list[Entry]] = defaultdict(list)
        for entry in self._entries():
            if entry.subject_id is not None:
                about[entry.subject_id].append(entry)
        for purge_id, found in about.items():
            self._consider(purge_id, found)

    def masks(self, first: int, count: int) -> dict[int, int]:
        """For each of these tiles the leaves that may be missing: bit i is the leaf at place i."""
        masks: dict[int, int] = {}
        if not self._limits:
            return masks
        rows = log.execute(
            self._connection,
            "SELECT n, purge_id, mask FROM audit_pruned"
            " WHERE cell_id = %s AND n >= %s AND n < %s AND purge_id = ANY(%s)",
            [self._stored.cell_id, first, first + count, list(self._limits)],
        )
        for n, purge_id, mask in rows:
            old_enough = max(0, self._limits[purge_id] - n * merkle.WIDTH)
            named = int.from_bytes(mask, "little") & ((1 << old_enough) - 1)
            masks[n] = masks.get(n, 0) | named
        return masks

    def _entries(self) -> list[Entry]:
        """What the log says of purges, as far as it is sealed."""
        where = f"cell_id = %s AND kind IN ({ABOUT_PURGES})"
        leaves = entries.leaves(self._connection, where, [self._stored.cell_id])
        found = [read(leaf) for leaf in leaves]
        return [entry for entry in found if BEGINNING < entry.key <= self._stored.hi]

    def _consider(self, purge_id: UUID, about: list[Entry]) -> None:
        """Whether this purge was signed by a second person, and named what is listed."""
        said = {entry.kind: entry for entry in reversed(about) if entry.outcome == "done"}
        purged = said.get("keeping.purged")
        if purged is None:
            return
        try:
            index = index_of(self._connection, self._stored.cell_id, purged.key)
        except NoProof:
            index = self._stored.size - 1
        proposed, signed = said.get("keeping.proposed"), said.get("keeping.signed")
        if (
            proposed is None
            or signed is None
            or not proposed.key < signed.key < purged.key
            or NOBODY in (proposed.actor, signed.actor)
            or proposed.actor == signed.actor
            or _facts(purged).get("sha256") != self._digest(purge_id)
        ):
            self.findings.append(Finding("purge", self._stored.cell_id, index, purged.id))
            return
        sealed_at = self._sealed_at(index)
        if sealed_at is not None:
            self._limits[purge_id] = self._size_at(sealed_at - FLOOR)

    def _digest(self, purge_id: UUID) -> str:
        rows = log.execute(
            self._connection,
            "SELECT n, mask FROM audit_pruned WHERE cell_id = %s AND purge_id = %s ORDER BY n",
            [self._stored.cell_id, purge_id],
        )
        return sha256(b"".join(_ROW.pack(n, mask) for n, mask in rows)).hexdigest()

    def _sealed_at(self, index: int) -> datetime | None:
        """When the first checkpoint was signed that lies over this leaf."""
        over = self._first_over(index)
        return self._signed(over) if over else None

    def _size_at(self, moment: datetime) -> int:
        """How many leaves lay under a checkpoint at that moment, as a signature says."""
        low, high = 0, self._stored.size
        found: log.Stored | None = None
        while low < high:
            middle = (low + high + 1) // 2
            over = self._first_over(middle - 1)
            if over is not None and over.at <= moment:
                found, low = over, over.size
            else:
                high = middle - 1
        if found is None:
            return 0
        at = self._signed(found)
        return found.size if at is not None and at <= moment else 0

    def _first_over(self, index: int) -> log.Stored | None:
        found = log.checkpoints(self._connection, self._stored.cell_id, above=index, limit=1)
        return found[0] if found else None

    def _signed(self, stored: log.Stored) -> datetime | None:
        """The time in a note that one of our keys has signed."""
        try:
            said = checkpoint.read(stored.note, self._public)
        except BadNote:
            return None
        return said.at if said.size == stored.size else None


def _facts(entry: Entry) -> dict[str, object]:
    facts = payload.decode(entry.payload).get("facts")
    return facts if isinstance(facts, dict) else {}
