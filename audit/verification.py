"""Recomputes a cell's whole log from what is stored, and says where it first went wrong.

Nothing that is stored is believed but the signatures: every entry is hashed again and compared
with the tile over it, every tile with the one above, every checkpoint with the root that results.
Entries pass through in portions, so memory stays the same for a thousand or for millions.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit import entries, log, merkle, tail
from audit.checkpoint import Checkpoint
from audit.damage import Finding, What, located
from audit.keeping.pruned import Pruned
from audit.leaf import BEGINNING, END, TAG, Heads, Key, hashes_of, key_of
from audit.resuming import Progressed
from audit.roots import Roots
from audit.walk import Walk
from audit.witnessing.cosigned import contradicted

PORTION = 512
"""Tiles compared at a time."""
FEW = 128
"""Where something was purged: there the leaves of a whole portion are held in memory."""
LONG = 128 * merkle.WIDTH
"""From so many entries on a log is worth a second process and large pieces."""
MOST_FINDINGS = 200

Progress = Callable[[int], object]


@dataclass(slots=True)
class Report:
    """What a verification found in one cell's log."""

    cell_id: int
    size: int = 0
    entries: int = 0
    checkpoints: int = 0
    pending: int = 0
    """Entries that the sealer has not reached yet."""
    pending_since: datetime | None = None
    pruned: int = 0
    """Entries that are gone because a sealed purge of two people has named them."""
    last: log.Stored | None = None
    agreed: list[Checkpoint] = field(default_factory=list)
    """The kept copies that the log prolongs. Of any other nothing good is known."""
    findings: list[Finding] = field(default_factory=list)
    resumed: bool = False
    """Whether it went on from where another one had come to, and has read the rest alone."""

    @property
    def complete(self) -> bool:
        """Whether all of the log was read, and everything that was found has its place here."""
        return not self.resumed and len(self.findings) < MOST_FINDINGS

    @property
    def clean(self) -> bool:
        return not self.findings

    @property
    def first(self) -> Finding | None:
        """The finding that lies furthest back in the log."""
        return min(self.findings, key=lambda finding: finding.index, default=None)

    @property
    def forked_at(self) -> int | None:
        """Where, at the earliest, the log stopped being what a kept copy says; None if nowhere."""
        return min((each.index for each in self.findings if each.what == "forked"), default=None)

    def add(self, finding: Finding) -> None:
        """Keep a finding; beyond a few hundred more of them say nothing new."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)


def verify(
    connection: log.Connection,
    cell_id: int,
    public: Sequence[Ed25519PublicKey],
    progress: Progress = lambda count: None,
    *,
    against: Sequence[Checkpoint] = (),
    start: Progressed | None = None,
    keep: Callable[[Progressed], object] = lambda reached: None,
) -> Report:
    """Verify one cell's log up to its newest checkpoint, and say what lies behind it.

    ``against`` are checkpoints that somebody kept elsewhere: what the log said at those sizes.
    ``keep`` is told, while nothing is found, from where a later call may ``start``.
    """
    report = Report(cell_id)
    # The reach is read first: whatever the sealer adds meanwhile lies behind it.
    reach = log.reach(connection)
    last = log.last_checkpoint(connection, cell_id)
    if last is not None:
        report.last, report.size = last, last.size
        if last.size > LONG:
            log.read_in_large_pieces(connection)
        if start and (start.size > last.size or any(copy.size <= start.size for copy in against)):
            start = None
        report.resumed = start is not None
        _Verification(connection, last, public, report, progress, against, start).run(keep)
    missing = max((copy.size for copy in against), default=0) - report.size
    if missing > 0:
        report.add(Finding("truncated", cell_id, report.size, count=missing))
    for size, wrong in contradicted(connection, cell_id, start.size if start else 0):
        report.add(Finding(wrong, cell_id, size - 1))
    _nothing_above(connection, report)
    _behind(connection, report, BEGINNING if last is None else last.hi, reach)
    return report


class _Verification:
    """One pass over one log, from the first leaf to the last."""

    def __init__(
        self,
        connection: log.Connection,
        last: log.Stored,
        public: Sequence[Ed25519PublicKey],
        report: Report,
        progress: Progress,
        against: Sequence[Checkpoint],
        start: Progressed | None,
    ) -> None:
        self._connection = connection
        self._cell_id = last.cell_id
        self._last = last
        self._report = report
        self._progress = progress
        self._walk = Walk(connection, last.cell_id, last.size, public, report.add, against, start)
        self._pool: list[bytes] = []
        self._roots: Roots
        self._fetched = start.fetched if start else BEGINNING
        self._pruned = Pruned(connection, last, public)
        self._masks: dict[int, int] = {}
        if start:
            report.entries = start.entries
            progress(start.entries)

    def run(self, keep: Callable[[Progressed], object]) -> None:
        """Tile by tile, then the tail that only checkpoints know."""
        for finding in self._pruned.findings:
            self._report.add(finding)
        begun, full = (size // merkle.WIDTH for size in (self._walk.tree.size, self._last.size))
        with Roots(beside=self._last.size > LONG) as self._roots:
            first = begun
            while first < full:
                count = min(PORTION, full - first)
                self._masks = self._pruned.masks(first, count)
                if self._masks:
                    count = min(FEW, count)
                there = self._portion(first, count)
                first += count
                self._walk.compare_roots()
                if not there:
                    break  # a size that somebody made up is not counted up to
                if self._report.clean and not self._pool:
                    keep(self._walk.reached(self._report.entries, self._fetched))
        self._fetch(self._last.hi)
        tail.compare(self._walk, self._pool, self._report.size, self._cell_id, self._report.add)
        self._report.checkpoints = self._walk.seen
        self._report.agreed = self._walk.agreed

    def _fetch(self, until: Key) -> None:
        """Read on, and keep what arrives until it is compared."""
        before = len(self._pool)
        self._pool += [TAG + row for row in self._arriving(until)]
        self._count(len(self._pool) - before)

    def _arriving(self, until: Key) -> Iterator[memoryview]:
        """The entries from where the reading has come to; nothing else may be asked meanwhile."""
        after, self._fetched = self._fetched, max(self._fetched, until)
        return entries.many_between(self._connection, self._cell_id, after, self._fetched)

    def _count(self, more: int) -> None:
        self._report.entries += more
        self._progress(more)

    def _portion(self, first: int, count: int) -> bool:
        """Compare some tiles; False when nothing is left of them or of any entry behind them."""
        bundles = log.bundles(self._connection, self._cell_id, first, count)
        tiles = log.tiles(self._connection, self._cell_id, 0, first, count)
        end = bundles.get(first + count - 1)
        until = end.last if end else self._checkpoint_over(first + count).hi
        sound = self._sound(until, first, bundles, tiles)
        known = max([*bundles, *tiles], default=-1)
        for n in range(first + sound, first + count):
            if n in self._masks and self._thinned(n, bundles.get(n), tiles.get(n)):
                continue
            if n > known and len(self._pool) < merkle.WIDTH and self._nothing_follows():
                return False
            part = self._pool[: merkle.WIDTH]
            hashes = merkle.leaf_hashes(part)
            if hashes == tiles.get(n) and _names(bundles.get(n), n, _heads(part)):
                del self._pool[: merkle.WIDTH]
                self._walk.grow(hashes, part)
            else:
                self._fetch(self._checkpoint_over(first + count).hi)
                self._judge(n, bundles.get(n), tiles.get(n))
        return True

    def _sound(
        self, until: Key, first: int, bundles: Mapping[int, log.Bundle], tiles: Mapping[int, bytes]
    ) -> int:
        """Read on, and pass tiles while all is well; returns how many.

        A tile is compared as soon as its leaves have arrived, while PostgreSQL is at work on the
        next ones. Of what agrees only the hashes and the heads are kept; from the first tile on
        that does not, or of which something was purged, the leaves are.
        """
        arriving, before, n = self._arriving(until), len(self._pool), first
        sound: list[tuple[bytes, Heads]] = []
        while not self._pool:
            part = list(islice(arriving, merkle.WIDTH))
            hashes, heads = hashes_of(part), Heads(part)
            if hashes != tiles.get(n) or not _names(bundles.get(n), n, heads):
                self._pool = [TAG + row for row in part]
                break
            self._roots.ask(hashes)
            sound.append((hashes, heads))
            n += 1
        self._pool += [TAG + row for row in arriving]
        self._count(len(sound) * merkle.WIDTH + len(self._pool) - before)
        for (hashes, heads), root in zip(sound, self._roots.take(len(sound)), strict=True):
            self._walk.grow(hashes, heads, root)
        return len(sound)

    def _nothing_follows(self) -> bool:
        return entries.is_empty_between(
            self._connection, self._cell_id, self._fetched, self._last.hi
        )

    def _thinned(self, n: int, bundle: log.Bundle | None, tile: bytes | None) -> bool:
        """Pass a tile of which some entries were purged, unless anything else is wrong with it.

        What is there has to be what was sealed, in its order, and what is missing has to be named.
        """
        if bundle is None or tile is None:
            return False
        cut = bisect_right(self._pool, bundle.last, key=key_of)
        present = {key_of(leaf).id: leaf for leaf in self._pool[:cut]}
        order = [present.get(number, b"") for number in bundle.ids]
        whole = [leaf for leaf in order if leaf]
        gone = [place for place, leaf in enumerate(order) if not leaf]
        if (
            whole != self._pool[:cut]
            or any(not self._masks[n] >> place & 1 for place in gone)
            or any(
                leaf and merkle.leaf_hash(leaf) != _hash_at(tile, place)
                for place, leaf in enumerate(order)
            )
            or (order[0] and key_of(order[0]) != bundle.first)
            or (order[-1] and key_of(order[-1]) != bundle.last)
        ):
            return False
        self._report.pruned += len(gone)
        del self._pool[:cut]
        self._walk.grow(tile, order)
        return True

    def _judge(self, n: int, bundle: log.Bundle | None, tile: bytes | None) -> None:
        """Something is wrong under tile ``n``: find out what, and go on with what was sealed."""
        index = n * merkle.WIDTH
        part = self._pool[: merkle.WIDTH]
        hashes, order = merkle.leaf_hashes(part), part
        if len(part) == merkle.WIDTH and (hashes == tile or self._vouched(n, hashes)):
            if hashes != tile:
                self._report.add(Finding("tile", self._cell_id, index, other=0))
            if not _names(bundle, n, _heads(order)):
                self._report.add(Finding("bundle", self._cell_id, index))
        elif tile is None or bundle is None:
            what: What = "tile" if tile is None else "bundle"
            self._report.add(Finding(what, self._cell_id, index, other=0))
            hashes, order = tile or hashes, []
        else:
            part = [leaf for leaf in self._pool if key_of(leaf) <= bundle.last]
            sealed = [tile[at : at + merkle.SIZE] for at in range(0, len(tile), merkle.SIZE)]
            expected = list(zip(bundle.ids, sealed, strict=True))
            for finding in located(self._cell_id, index, expected, part, self._whereabouts):
                if finding.what == "removed" and self._masks.get(n, 0) >> finding.index - index & 1:
                    self._report.pruned += 1
                else:
                    self._report.add(finding)
            hashes, order = tile, []
        del self._pool[: len(part)]
        self._walk.grow(hashes, order)

    def _vouched(self, n: int, hashes: bytes) -> bool:
        """Whether the next checkpoint has signed tile ``n`` with these hashes in it."""
        stored = self._checkpoint_over(n + 1)
        above, rest = divmod(stored.size, merkle.WIDTH)
        after = log.tiles(self._connection, self._cell_id, 0, n + 1, above - n)
        hashes += b"".join(after[m] for m in sorted(after) if m < above)
        if above in after:
            hashes += after[above][: rest * merkle.SIZE]
        elif rest:
            leaves = self._pool[(above - n) * merkle.WIDTH :][:rest]
            hashes += merkle.leaf_hashes(leaves)
        return self._walk.fits(hashes, stored)

    def _checkpoint_over(self, tiles: int) -> log.Stored:
        """The first checkpoint that has so many tiles under it."""
        found = log.checkpoints(
            self._connection, self._cell_id, above=tiles * merkle.WIDTH - 1, limit=1
        )
        return found[0] if found else self._last

    def _whereabouts(self, ids: Sequence[int]) -> Mapping[int, int]:
        return dict(
            log.execute(
                self._connection,
                "SELECT id, cell_id FROM audit_entry WHERE id = ANY(%s)",
                [list(ids)],
            )
        )


def _hash_at(tile: bytes, place: int) -> bytes:
    return tile[place * merkle.SIZE : (place + 1) * merkle.SIZE]


def _heads(leaves: Sequence[bytes]) -> Heads:
    return Heads(memoryview(leaf)[len(TAG) :] for leaf in leaves)


def _names(bundle: log.Bundle | None, n: int, heads: Heads) -> bool:
    """Whether these are as many entries as a tile has, and the bundle names exactly them."""
    if len(heads) != merkle.WIDTH:
        return False
    return bundle == log.Bundle(n, key_of(heads[0]), key_of(heads[-1]), heads.numbers())


def _nothing_above(connection: log.Connection, report: Report) -> None:
    """A tile beyond the newest checkpoint means that newer checkpoints have been taken away."""
    beyond, nowhere = log.astray(connection, report.cell_id)
    if beyond:
        report.add(Finding("truncated", report.cell_id, report.size))
    if nowhere:
        report.add(Finding("tile", report.cell_id, 0, other=0))


def _behind(connection: log.Connection, report: Report, hi: Key, reach: Key) -> None:
    """Entries behind the checkpoint: slipped in where the sealer has passed, or still to come."""
    count, first, last = entries.span_between(connection, report.cell_id, hi, reach)
    if count:
        report.add(
            Finding("unsealed", report.cell_id, report.size, first, last_id=last, count=count)
        )
    report.pending, report.pending_since = entries.since_between(
        connection, report.cell_id, max(hi, reach), END
    )
