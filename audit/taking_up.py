"""Takes up the logs of many cells where their last checkpoints left them, in a few queries.

Whoever takes over from a sealer that died has two seconds before a checkpoint is late. Asked one
cell after another, a hundred cells take most of that time for planning alone.
"""

from collections import defaultdict
from collections.abc import Sequence

from audit import entries, log, merkle
from audit.growing import CellLog, LogDamaged
from audit.leaf import BEGINNING, Key, cell_of, key_of
from audit.log import Stored

TOGETHER = 16
"""Cells that are read at once: the right edge of a large log is four megabytes of tiles."""


def take_up(
    connection: log.Connection, stored: Sequence[Stored], reach: Key
) -> dict[int, CellLog | LogDamaged]:
    """Each cell's log as its last checkpoint left it, rebuilt from what is stored.

    LogDamaged stands in its place unless the tiles and the entries behind the last full tile lead
    to the root that was signed, and no entry lies between the checkpoint and where the sealer has
    read to.
    """
    logs: dict[int, CellLog | LogDamaged] = {}
    for first in range(0, len(stored), TOGETHER):
        logs |= _some(connection, stored[first : first + TOGETHER], reach)
    return logs


def _some(
    connection: log.Connection, stored: Sequence[Stored], reach: Key
) -> dict[int, CellLog | LogDamaged]:
    logs: dict[int, CellLog | LogDamaged] = {}
    sound: dict[int, Stored] = {}
    begins: dict[int, Key] = {}
    bundles = log.bundles_of_each(
        connection, {each.cell_id: (_full(each) - 1, _full(each) + 1) for each in stored}
    )
    for each in stored:
        found = bundles[each.cell_id]
        if [bundle.n for bundle in found] == [_full(each) - 1][: _full(each)]:
            sound[each.cell_id] = each
            begins[each.cell_id] = found[0].last if found else BEGINNING
        else:
            logs[each.cell_id] = LogDamaged(f"{_full(each)} bundles should be there, no more")
    tails: dict[int, list[bytes]] = defaultdict(list)
    behind = {cell_id: (begins[cell_id], each.hi) for cell_id, each in sound.items()}
    for leaf in entries.first_leaves_of_each(connection, behind, limit=merkle.WIDTH):
        tails[cell_of(leaf)].append(leaf)
    passed = entries.with_any_between(
        connection, {cell_id: (each.hi, reach) for cell_id, each in sound.items()}
    )
    tiles = log.tiles_of_each(
        connection,
        {(cell_id, level): span for cell_id, each in sound.items() for level, span in _edge(each)},
    )
    for cell_id, each in sound.items():
        try:
            logs[cell_id] = _rebuilt(
                each, tails[cell_id], [tiles[cell_id, level] for level, _ in _edge(each)]
            )
            if cell_id in passed:
                raise LogDamaged("an entry lies behind the point that the sealer had passed")
        except LogDamaged as damage:
            logs[cell_id] = damage
    return logs


def _full(stored: Stored) -> int:
    return stored.size // merkle.WIDTH


def _edge(stored: Stored) -> list[tuple[int, tuple[int, int]]]:
    """Of each level, the full tiles that no full tile of the level above covers, and one more.

    What lies behind the last one is not ours: there must be nothing.
    """
    rows: list[tuple[int, tuple[int, int]]] = []
    for level in range(merkle.LEVEL_BITS - 1):
        full = stored.size >> (merkle.LEVEL_BITS * (level + 1))
        rows.append((level, (full // merkle.WIDTH * merkle.WIDTH, full + 1)))
        if not full:
            break
    return rows


def _rebuilt(stored: Stored, tail: Sequence[bytes], rows: Sequence[dict[int, bytes]]) -> CellLog:
    rest = stored.size % merkle.WIDTH
    if len(tail) != rest:
        raise LogDamaged(f"{len(tail)} entries behind the last full tile, {rest} were sealed")
    edge = [b"".join(map(merkle.leaf_hash, tail))]
    for (level, (first, end)), row in zip(_edge(stored), rows, strict=True):
        if sorted(row) != list(range(first, end - 1)):
            raise LogDamaged(f"tiles of level {level} are not those of {stored.size} entries")
        edge.append(b"".join(merkle.perfect_root(row[n]) for n in sorted(row)))
    appender = merkle.Appender(stored.size, edge)
    if appender.root() != stored.root:
        raise LogDamaged("the entries no longer lead to the root that was signed")
    return CellLog(stored.cell_id, stored.hi, [key_of(leaf) for leaf in tail], appender)
