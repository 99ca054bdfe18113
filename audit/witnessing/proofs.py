"""Proofs about a cell's log, made from the stored tiles and the entries behind the last full one.

Nobody has to believe them: whoever is given one recomputes it. So what is stored is taken as it
is here, and a proof from an altered log leads to no root that was ever signed.
"""

import base64
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from audit import entries, log, merkle
from audit.leaf import BEGINNING, Key, key_of

_PROOF = "c2sp.org/tlog-proof@v1"


class NoProof(Exception):
    """Too much of what was sealed is missing: nothing can be proved any more."""


def tree_of(connection: log.Connection, stored: log.Stored) -> merkle.Tree:
    """The tree under a checkpoint. NoProof when hashes of it are missing."""
    full, rest = divmod(stored.size, merkle.WIDTH)
    tail = b""
    if rest:
        tail = log.tiles(connection, stored.cell_id, 0, full, 1).get(full, b"")
        tail = (tail or _tail(connection, stored))[: rest * merkle.SIZE]
    if len(tail) != rest * merkle.SIZE:
        raise NoProof("entries behind the last full tile are missing")
    read = log.reader(connection, stored.cell_id, stored.size, tail)

    def whole(level: int, n: int, wanted: int) -> bytes:
        found = read(level, n, wanted)
        if len(found) < wanted * merkle.SIZE:
            raise NoProof(f"tile {n} of level {level} is missing")
        return found

    return merkle.Tree(stored.size, whole)


def index_of(connection: log.Connection, cell_id: int, key: Key) -> int:
    """Which leaf of the cell's log an entry is. NoProof when it is not sealed."""
    after, before = BEGINNING, 0
    over = log.bundle_over(connection, cell_id, key)
    if over is not None:
        if key <= over.last:
            if key.id not in over.ids:
                raise NoProof("no such entry was sealed")
            return over.n * merkle.WIDTH + over.ids.index(key.id)
        after, before = over.last, (over.n + 1) * merkle.WIDTH
    last = log.last_checkpoint(connection, cell_id)
    if last is None or key > last.hi or not leaf_of(connection, cell_id, key):
        raise NoProof("no such entry was sealed")
    return before + entries.span_between(connection, cell_id, after, key)[0] - 1


def leaf_of(connection: log.Connection, cell_id: int, key: Key) -> bytes:
    """The bytes of one entry; nothing when it is not there."""
    where = "cell_id = %s AND epoch = %s::int2 AND xid = %s::xid8 AND id = %s::int8"
    return next(entries.leaves(connection, where, [cell_id, *log.in_sql(key)]), b"")


def inclusion(connection: log.Connection, stored: log.Stored, index: int) -> list[bytes]:
    """Proof that the leaf at this place lies under the checkpoint."""
    return tree_of(connection, stored).inclusion(index)


def consistency(connection: log.Connection, stored: log.Stored, older: int) -> list[bytes]:
    """Proof that the log of ``older`` entries is the beginning of the one under the checkpoint."""
    return tree_of(connection, stored).consistency(older)


@dataclass(frozen=True, slots=True)
class Bundle:
    """Some entries with their places, and one hash for each part of the tree without any."""

    entries: list[tuple[int, bytes]]
    tree: bytes


def bundle(connection: log.Connection, stored: log.Stored, keys: Sequence[Key]) -> Bundle:
    """These entries, in their order, with what leads from all of them to the checkpoint."""
    found = entries_at(connection, stored, keys)
    return Bundle(found, tree_around(connection, stored, [index for index, _leaf in found]))


def entries_at(
    connection: log.Connection, stored: log.Stored, keys: Sequence[Key]
) -> list[tuple[int, bytes]]:
    """These entries with their places under the checkpoint, in the order of the log.

    NoProof when one of them is not under the checkpoint, or no longer there.
    """
    found: list[tuple[int, bytes]] = []
    for n, together in groupby(
        _places(connection, stored, keys), lambda place: place[0] // merkle.WIDTH
    ):
        index_by_key = {key: index for index, key in together}
        first, last = min(index_by_key), max(index_by_key)
        before = Key(first.epoch, first.xid, first.id - 1)
        leaves = entries.leaves_between(connection, stored.cell_id, before, last)
        here = [
            (index_by_key.pop(key), leaf)
            for leaf in leaves
            if (key := key_of(leaf)) in index_by_key
        ]
        if index_by_key:
            raise NoProof(f"entries under tile {n} are missing")
        found += here
    return found


def tree_around(connection: log.Connection, stored: log.Stored, order: Sequence[int]) -> bytes:
    """One hash for each part of the tree in which none of these places lies.

    The tree is walked as RFC 6962 cuts it, left first: a part without any of the entries is given
    by its hash, and the entries themselves stand for theirs.
    """
    tree = tree_of(connection, stored)
    parts: list[bytes] = []

    def walk(start: int, end: int, first: int, last: int) -> None:
        if first == last:
            parts.append(tree.over(start, end))
        elif end - start > 1:
            middle = start + merkle.split(end - start)
            between = bisect_left(order, middle, first, last)
            walk(start, middle, first, between)
            walk(middle, end, between, last)

    walk(0, stored.size, 0, len(order))
    return b"".join(parts)


def _places(
    connection: log.Connection, stored: log.Stored, keys: Sequence[Key]
) -> Iterator[tuple[int, Key]]:
    """Each entry with its place under the checkpoint, in the order of the log."""
    known: log.Bundle | None = None
    for key in sorted(set(keys)):
        if known is not None and known.first <= key <= known.last and key.id in known.ids:
            yield known.n * merkle.WIDTH + known.ids.index(key.id), key
            continue
        index = index_of(connection, stored.cell_id, key)
        if index >= stored.size:
            raise NoProof("an entry is not under this checkpoint")
        n = index // merkle.WIDTH
        known = log.bundles(connection, stored.cell_id, n, 1).get(n)
        yield index, key


def proof_text(leaf: bytes, index: int, hashes: Sequence[bytes], note: str) -> str:
    """One entry with all that proves it, as C2SP tlog-proof: the entry's bytes are the extra."""
    head = f"{_PROOF}\nextra {_base64(leaf)}\nindex {index}\n"
    return head + "".join(f"{_base64(each)}\n" for each in hashes) + f"\n{note}"


def consistency_text(older: int, hashes: Sequence[bytes], note: str) -> str:
    """What leads from a checkpoint of ``older`` entries to the newest one, which it carries."""
    lines = "".join(f"{_base64(each)}\n" for each in hashes)
    return f"rempart/consistency/v1\nold {older}\n{lines}\n{note}"


def _tail(connection: log.Connection, stored: log.Stored) -> bytes:
    """The hashes of the entries behind the last full tile, which no tile holds yet."""
    rows = log.execute(
        connection, "SELECT audit.tail_hashes(%s, %s)", [stored.cell_id, stored.size]
    )
    return bytes(rows[0][0] or b"")


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
