"""RFC 6962 Merkle tree over tiles of 256 hashes. Nothing here reads or writes anything.

Hashes travel concatenated in one ``bytes``: a tile is up to 256 * 32 bytes. Level 0 holds leaf
hashes; a hash of level n + 1 is the root of one full tile of level n.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from struct import Struct
from typing import NamedTuple

EMPTY = sha256(b"").digest()
SIZE = 32
WIDTH = 256
_pairs = Struct("64s").iter_unpack
_begun_leaf = sha256(b"\x00").copy
_begun_node = sha256(b"\x01").copy
LEVEL_BITS = 8

TileReader = Callable[[int, int, int], bytes]
"""``(level, n, wanted)``: at least the first ``wanted`` hashes of that tile, full or partial."""


class Tile(NamedTuple):
    """A full tile, and the root over its hashes: one hash of the level above."""

    level: int
    n: int
    hashes: bytes
    root: bytes


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of an entry's bytes; the first byte keeps leaves and nodes apart."""
    return sha256(b"\x00" + leaf).digest()


def leaf_hashes(leaves: Iterable[bytes]) -> bytes:
    """The hashes of many entries, concatenated."""
    hashes: list[bytes] = []
    for leaf in leaves:
        # To go on from a copy costs less than to begin anew with one more byte in front.
        begun = _begun_leaf()
        begun.update(leaf)
        hashes.append(begun.digest())
    return b"".join(hashes)


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def perfect_root(hashes: bytes) -> bytes:
    """The root over a power of two of concatenated hashes."""
    while len(hashes) > SIZE:
        parents: list[bytes] = []
        for (pair,) in _pairs(hashes):
            node = _begun_node()
            node.update(pair)
            parents.append(node.digest())
        hashes = b"".join(parents)
    return hashes


def split(width: int) -> int:
    """The largest power of two smaller than ``width``: where RFC 6962 cuts a tree in two."""
    return 1 << ((width - 1).bit_length() - 1)


class Tree:
    """Roots and proofs of a tree of ``size`` leaves whose tiles somebody else keeps."""

    def __init__(self, size: int, tiles: TileReader) -> None:
        self.size = size
        self._tiles = tiles
        self._known: dict[tuple[int, int], bytes] = {}

    def root(self, size: int | None = None) -> bytes:
        """The root when the tree had ``size`` leaves; now, without it."""
        return self.over(0, self._within(size))

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Proof that the leaf at ``index`` is in the tree of ``size`` leaves."""
        end = self._within(size)
        if not 0 <= index < end:
            raise ValueError("there is no such leaf")
        path: list[tuple[int, int]] = []
        start = 0
        while end - start > 1:
            middle = start + split(end - start)
            if index < middle:
                path.append((middle, end))
                end = middle
            else:
                path.append((start, middle))
                start = middle
        return [self.over(*part) for part in reversed(path)]

    def consistency(self, older: int, size: int | None = None) -> list[bytes]:
        """Proof that the tree of ``older`` leaves is the beginning of the tree of ``size``."""
        end = self._within(size)
        if not 0 <= older <= end:
            raise ValueError("the older tree is larger")
        if older in (0, end):
            return []
        path: list[tuple[int, int]] = []
        start, left, whole = 0, older, True
        while left != end - start:
            half = split(end - start)
            if left <= half:
                path.append((start + half, end))
                end = start + half
            else:
                path.append((start, start + half))
                start += half
                left -= half
                whole = False
        if not whole:
            path.append((start, end))
        return [self.over(*part) for part in reversed(path)]

    def _within(self, size: int | None) -> int:
        size = self.size if size is None else size
        if not 0 <= size <= self.size:
            raise ValueError("the tree is not that large")
        return size

    def over(self, start: int, end: int) -> bytes:
        """The root over leaves ``start`` to ``end``, ``start`` aligned as in the RFC's cuts."""
        parts: list[bytes] = []
        while start < end:
            height = (end - start).bit_length() - 1
            if start:
                height = min(height, (start & -start).bit_length() - 1)
            parts.append(self._perfect(height, start >> height))
            start += 1 << height
        return _join(reversed(parts))

    def _perfect(self, height: int, index: int) -> bytes:
        known = self._known.get((height, index))
        if known is None:
            level, rest = divmod(height, LEVEL_BITS)
            n, first = divmod(index << rest, WIDTH)
            last = first + (1 << rest)
            known = perfect_root(self._tiles(level, n, last)[first * SIZE : last * SIZE])
            self._known[height, index] = known
        return known


class Appender:
    """The right edge of a growing tree. ``edge[level]`` is that level's last, partial tile."""

    def __init__(self, size: int = 0, edge: Sequence[bytes] = (b"",)) -> None:
        self.size = size
        self.edge = list(edge)
        self._roots: list[dict[tuple[int, int], bytes]] = [{} for _ in edge]

    def extend(self, hashes: bytes, known: bytes | None = None) -> list[Tile]:
        """Append concatenated leaf hashes; returns the tiles that became full, leaves first.

        ``known`` is the root over the only tile of leaf hashes that these can fill.
        """
        full: list[Tile] = []
        self.size += len(hashes) // SIZE
        level = 0
        while hashes:
            if level == len(self.edge):
                self.edge.append(b"")
                self._roots.append({})
            row = self.edge[level] + hashes
            whole = len(row) // (SIZE * WIDTH)
            n = (self.size >> (LEVEL_BITS * level)) // WIDTH - whole
            parents: list[bytes] = []
            for at in range(0, whole * SIZE * WIDTH, SIZE * WIDTH):
                tile = row[at : at + SIZE * WIDTH]
                root = known if known and not level else perfect_root(tile)
                full.append(Tile(level, n + len(parents), tile, root))
                parents.append(root)
            if whole:
                self._roots[level].clear()
            self.edge[level] = row[whole * SIZE * WIDTH :]
            hashes = b"".join(parents)
            level += 1
        return full

    def root(self) -> bytes:
        """The root of the tree as it stands. Cheap to ask again after a few more leaves."""
        return _join(part for level in range(len(self.edge)) for part in self._parts(level))

    def _parts(self, level: int) -> Iterator[bytes]:
        """Roots of the perfect subtrees of one partial tile, from the right."""
        tile, known = self.edge[level], self._roots[level]
        end = left = len(tile) // SIZE
        width = 1
        while left:
            if left & width:
                start = end - width
                if (start, width) not in known:
                    known[start, width] = perfect_root(tile[start * SIZE : end * SIZE])
                yield known[start, width]
                end = start
                left ^= width
            width <<= 1


def _join(from_the_right: Iterator[bytes]) -> bytes:
    """One root out of the roots of ever larger subtrees, the smallest and rightmost first."""
    root: bytes | None = None
    for part in from_the_right:
        root = part if root is None else node_hash(part, root)
    return EMPTY if root is None else root


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Whether the proof leads from the leaf's hash to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    position, last, reached = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            reached = node_hash(step, reached)
            while position and not position & 1:
                position >>= 1
                last >>= 1
        else:
            reached = node_hash(reached, step)
        position >>= 1
        last >>= 1
    return last == 0 and reached == root


def verify_consistency(
    older: int, size: int, proof: Sequence[bytes], older_root: bytes, root: bytes
) -> bool:
    """Whether the proof leads from both roots to a common beginning (RFC 9162, 2.1.4.2)."""
    if not 0 <= older <= size:
        return False
    if older == size:
        return not proof and older_root == root
    if older == 0:
        return not proof and older_root == EMPTY
    steps = list(proof)
    if older & (older - 1) == 0:
        steps.insert(0, older_root)
    if not steps:
        return False
    position, last = older - 1, size - 1
    while position & 1:
        position >>= 1
        last >>= 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while position and not position & 1:
                position >>= 1
                last >>= 1
        else:
            new = node_hash(new, step)
        position >>= 1
        last >>= 1
    return last == 0 and old == older_root and new == root
