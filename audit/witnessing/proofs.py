"""Proofs about a cell's log, made from the stored tiles and the entries behind the last full one.

Nobody has to believe them: whoever is given one recomputes it. So what is stored is taken as it
is here, and a proof from an altered log leads to no root that was ever signed.
"""

import base64
from collections.abc import Sequence

from audit import entries, log, merkle
from audit.leaf import BEGINNING, Key

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
    rows = log.execute(
        connection,
        "SELECT n FROM audit_bundle WHERE cell_id = %s"
        " AND (first_epoch, first_xid, first_id) <= (%s::int2, %s::xid8, %s::int8)"
        " ORDER BY first_epoch DESC, first_xid DESC, first_id DESC LIMIT 1",
        [cell_id, *log.in_sql(key)],
    )
    after, before = BEGINNING, 0
    if rows:
        [(n,)] = rows
        bundle = log.bundles(connection, cell_id, n, 1)[n]
        if key <= bundle.last:
            if key.id not in bundle.ids:
                raise NoProof("no such entry was sealed")
            return int(n) * merkle.WIDTH + bundle.ids.index(key.id)
        after, before = bundle.last, (int(n) + 1) * merkle.WIDTH
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
