"""Grows a log's tree again, leaf by leaf, and compares it with every checkpoint on the way."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit import checkpoint, entries, keys, log, merkle
from audit.checkpoint import BadNote, Checkpoint
from audit.damage import Finding
from audit.leaf import BEGINNING, Key, key_of
from audit.resuming import Progressed

_PAGE = 500
_NEVER = 2**63


class Walk:
    """A tree that grows along the checkpoints of one cell, up to a given size."""

    def __init__(
        self,
        connection: log.Connection,
        cell_id: int,
        until: int,
        public: Sequence[Ed25519PublicKey],
        report: Callable[[Finding], None],
        kept: Iterable[Checkpoint] = (),
        start: Progressed | None = None,
    ) -> None:
        self.tree = merkle.Appender(start.size, start.edge) if start else merkle.Appender()
        self.seen = start.checkpoints if start else 0
        self._connection = connection
        self._cell_id = cell_id
        self._public = public
        self._report = report
        self._good = start.good if start else (0, BEGINNING)
        self._passed = self._good[0]
        self._ahead = self._checkpoints(self._passed, until)
        self._astray = False
        self._kept = sorted(kept, key=lambda copy: copy.size)
        self._agreed = 0
        self.agreed: list[Checkpoint] = []
        self._full: list[merkle.Tile] = []
        self.next: log.Stored | None = next(self._ahead, None)

    def grow(self, hashes: bytes, order: Sequence[bytes], root: bytes | None = None) -> None:
        """Append leaves; ``order`` holds them, or nothing when their order is not to be trusted.

        In place of one that was purged it holds no bytes. ``root`` is the one over these leaves,
        where they are a tile and it has been computed.
        """
        done, until = 0, self.tree.size + len(hashes) // merkle.SIZE
        while (stop := self._stop()) <= until:
            step = (stop - self.tree.size) * merkle.SIZE
            self._append(hashes[done : done + step], root)
            done += step
            if self.next is not None and self.next.size == stop:
                leaf = order[done // merkle.SIZE - 1] if order and done else b""
                self._pass(self.next, key_of(leaf) if leaf else None)
            while self._kept and self._kept[0].size == stop:
                self._compare(self._kept.pop(0))
        self._append(hashes[done:], root)

    def reached(self, entries_read: int, fetched: Key) -> Progressed:
        """What another walk needs to go on from here."""
        edge = tuple(self.tree.edge)
        return Progressed(self.tree.size, entries_read, fetched, edge, self.seen, self._good)

    def compare_roots(self) -> None:
        """What stands as the root beside the tiles that became full since the last time."""
        for level, of_it in groupby(sorted(self._full), key=attrgetter("level")):
            tiles = list(of_it)
            first, count = tiles[0].n, tiles[-1].n - tiles[0].n + 1
            stored = log.roots(self._connection, self._cell_id, level, first, count)
            for tile in tiles:
                if stored.get(tile.n, tile.root) != tile.root:
                    self._report(self._about(tile))
        self._full.clear()

    def fits(self, hashes: bytes, stored: log.Stored) -> bool:
        """Whether the tree with these leaves is the one that the checkpoint has signed."""
        trial = merkle.Appender(self.tree.size, self.tree.edge)
        trial.extend(hashes)
        return trial.size == stored.size and trial.root() == self.signed_root(stored)

    def signed_root(self, stored: log.Stored) -> bytes | None:
        """The root in the note, when one of our keys has signed it."""
        try:
            said = checkpoint.read(stored.note, self._public)
        except BadNote:
            return None
        return said.root if said.size == stored.size else None

    def skip(self) -> log.Stored | None:
        """Leave the next checkpoint behind, looking only at itself; returns the one after it."""
        if self.next is not None:
            self._believed(self.next)
            self._advance(self.next)
        return self.next

    def _stop(self) -> int:
        """The next size at which there is something to compare with."""
        ahead = [copy.size for copy in self._kept[:1]]
        return min(ahead if self.next is None else [*ahead, self.next.size], default=_NEVER)

    def _compare(self, copy: Checkpoint) -> None:
        """What somebody kept outside against the tree; a log that is astray has been told of."""
        if copy.root == self.tree.root():
            self._agreed = copy.size
            self.agreed.append(copy)
        elif not self._astray:
            count = copy.size - self._agreed
            self._report(Finding("forked", self._cell_id, self._agreed, count=count))

    def _append(self, hashes: bytes, root: bytes | None) -> None:
        for tile in self.tree.extend(hashes, root):
            level, n = tile.level, tile.n
            if level:
                found = log.tiles(self._connection, self._cell_id, level, n, 1)
                if found.get(n) != tile.hashes:
                    self._report(self._about(tile))
            self._full.append(tile)

    def _about(self, tile: merkle.Tile) -> Finding:
        first = tile.n << (merkle.LEVEL_BITS * (tile.level + 1))
        return Finding("tile", self._cell_id, first, other=tile.level)

    def _pass(self, stored: log.Stored, last: Key | None) -> None:
        said = self._believed(stored)
        if said is not None and not self._astray:
            if said.size == stored.size and said.root != self.tree.root():
                self._astray = True
                self._report(self._between(stored))
            elif last is not None and last != stored.hi:
                self._report(Finding("checkpoint", self._cell_id, stored.size - 1))
        self._good = (stored.size, stored.hi)
        self._advance(stored)

    def _believed(self, stored: log.Stored) -> Checkpoint | None:
        """The checkpoint that our key has signed; None when nobody we know has."""
        try:
            said = checkpoint.read(stored.note, self._public)
        except BadNote:
            self._report(Finding("signature", self._cell_id, stored.size - 1))
            return None
        expected = Checkpoint(keys.origin(self._cell_id), stored.size, stored.root, stored.at)
        if said != expected or stored.grown_from != self._passed:
            self._report(Finding("checkpoint", self._cell_id, stored.size - 1))
        return said

    def _between(self, stored: log.Stored) -> Finding:
        """The entries between the last checkpoint that agreed and the first that does not."""
        size, after = self._good
        _count, first, last = entries.span_between(
            self._connection, self._cell_id, after, stored.hi
        )
        return Finding(
            "segment", self._cell_id, size, first, last_id=last, count=stored.size - size
        )

    def _advance(self, stored: log.Stored) -> None:
        self.seen += 1
        self._passed = stored.size
        self.next = next(self._ahead, None)

    def _checkpoints(self, above: int, until: int) -> Iterator[log.Stored]:
        while page := log.checkpoints(
            self._connection, self._cell_id, above=above, until=until, limit=_PAGE
        ):
            yield from page
            above = page[-1].size
