"""The purges of a log, each with what shows offline that two people decided it long after.

Nobody has to believe it: what is named is in an entry of the log, the entries are proved under the
checkpoint, and the times are those that the log's key has signed.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from struct import Struct
from uuid import UUID

from audit import entries, log, merkle
from audit.leaf import Key, key_of, read
from audit.sql.keeping import ABOUT_PURGES
from audit.witnessing import proofs

_ROW = Struct(">Q32s")
Rows = list[tuple[int, int]]
"""Numbers of tiles, each with a bit for every one of its leaves."""
_STEPS = ("proposed", "signed", "purged")
_TOGETHER = 100
"""Tiles in one question: 25,600 entries."""


def purges_under(connection: log.Connection, stored: log.Stored) -> bytes:
    """All of them as an export has them; nothing when there is none."""
    rows = log.execute(
        connection,
        "SELECT id, ordinary_size, gone FROM audit_purge"
        " WHERE cell_id = %s AND state IN ('named', 'done') AND ordinary_size > 0 ORDER BY id",
        [stored.cell_id],
    )
    if not rows:
        return b""
    tree = proofs.tree_of(connection, stored)
    shown = [shown_by(connection, stored, tree, *row) for row in rows]
    found = [each for each in shown if each]
    return json.dumps(found, indent=1, sort_keys=True).encode() if found else b""


def shown_by(
    connection: log.Connection,
    stored: log.Stored,
    tree: merkle.Tree,
    purge_id: UUID,
    old_size: int,
    gone: int,
) -> dict[str, str] | None:
    """What shows one purge, of leaves below that size; None while it is not sealed.

    ``gone`` is how many have gone: when that is not all that it names, the others are named again.
    """
    steps = _steps(connection, stored, purge_id)
    if set(steps) != set(_STEPS):
        return None
    index = proofs.index_of(connection, stored.cell_id, steps["purged"][0])
    old, late = (_note_under(connection, stored.cell_id, size) for size in (old_size, index))
    if old is None or late is None:
        return None
    named = _list(connection, stored.cell_id, purge_id)
    still = _still(connection, stored.cell_id, named) if _count(named) != gone else []
    return {
        "rows": _text(named),
        **({"still": _text(still)} if still else {}),
        "old": old,
        "late": late,
        **{name: _proof(connection, stored, tree, *step) for name, step in steps.items()},
    }


def _steps(
    connection: log.Connection, stored: log.Stored, purge_id: UUID
) -> dict[str, tuple[Key, bytes]]:
    """The first entry of each kind about this purge that lies under the checkpoint."""
    where = f"cell_id = %s AND subject_id = %s AND kind IN ({ABOUT_PURGES}) AND outcome = 'done'"
    steps: dict[str, tuple[Key, bytes]] = {}
    for leaf in entries.leaves(connection, where, [stored.cell_id, purge_id]):
        if (key := key_of(leaf)) <= stored.hi:
            steps.setdefault(read(leaf).kind.removeprefix("keeping."), (key, bytes(leaf)))
    return steps


def _proof(
    connection: log.Connection, stored: log.Stored, tree: merkle.Tree, key: Key, leaf: bytes
) -> str:
    index = proofs.index_of(connection, stored.cell_id, key)
    return proofs.proof_text(leaf, index, tree.inclusion(index), stored.note)


def _note_under(connection: log.Connection, cell_id: int, size: int) -> str | None:
    """The largest checkpoint that lies over no more than so many entries."""
    rows = log.execute(
        connection,
        "SELECT note FROM audit_checkpoint WHERE cell_id = %s AND size <= %s"
        " ORDER BY size DESC LIMIT 1",
        [cell_id, size],
    )
    return rows[0][0] if rows else None


def _list(connection: log.Connection, cell_id: int, purge_id: UUID) -> Rows:
    rows = log.execute(
        connection,
        "SELECT n, mask FROM audit_pruned WHERE cell_id = %s AND purge_id = %s ORDER BY n",
        [cell_id, purge_id],
    )
    return [(n, int.from_bytes(mask, "little")) for n, mask in rows]


def _still(connection: log.Connection, cell_id: int, named: Rows) -> Rows:
    """Those of the named that are there: the purge still goes on, or a hold has kept them."""
    found = []
    for portion in _portions(named):
        bundles = _bundles_of(connection, cell_id, portion)
        there = _ids_under(connection, cell_id, bundles)
        for n, mask in portion:
            # Where its list has gone nothing says which they were: none of them is told as there.
            ids = bundles[n].ids if n in bundles else []
            places = (place for place, number in enumerate(ids) if number in there)
            if left := mask & sum(1 << place for place in places):
                found.append((n, left))
    return found


def _portions(named: Rows) -> Iterator[Rows]:
    """Tiles that are asked for together: so many, and all within as many tiles of the log."""
    portion: Rows = []
    for row in named:
        if portion and row[0] - portion[0][0] >= _TOGETHER:
            yield portion
            portion = []
        portion.append(row)
    if portion:
        yield portion


def _bundles_of(connection: log.Connection, cell_id: int, portion: Rows) -> dict[int, log.Bundle]:
    first, last = portion[0][0], portion[-1][0]
    return log.bundles(connection, cell_id, first, last - first + 1)


def _ids_under(
    connection: log.Connection, cell_id: int, bundles: Mapping[int, log.Bundle]
) -> set[int]:
    """The numbers of the entries that are there, from the first of these bundles to the last."""
    if not bundles:
        return set()
    first, last = bundles[min(bundles)].first, bundles[max(bundles)].last
    found: set[int] = set()
    for where, place in entries.stretches(first._replace(id=first.id - 1), last):
        rows = log.execute(
            connection,
            f"SELECT id FROM audit_entry WHERE cell_id = %s AND {where}",  # noqa: S608  constants
            [cell_id, *place],
        )
        found |= {number for (number,) in rows}
    return found


def _count(rows: Rows) -> int:
    return sum(mask.bit_count() for _n, mask in rows)


def _text(rows: Rows) -> str:
    packed = b"".join(_ROW.pack(n, mask.to_bytes(32, "little")) for n, mask in rows)
    return base64.b64encode(packed).decode()
