"""The right edge of one cell's tree, in the sealer's memory."""

from dataclasses import dataclass, field

from audit import entries, log, merkle
from audit.leaf import BEGINNING, Key, key_of


class LogDamaged(Exception):
    """What is stored is not what was signed: nothing is signed on top of it."""


@dataclass(slots=True)
class Growth:
    """What one batch adds to a cell's log."""

    tiles: list[merkle.Tile] = field(default_factory=list)
    bundles: list[tuple[int, list[Key]]] = field(default_factory=list)


@dataclass(slots=True)
class CellLog:
    """How far one cell's log has grown: its size, its last entry and the unfinished tiles."""

    cell_id: int
    hi: Key = BEGINNING
    tail: list[Key] = field(default_factory=list)
    edge: merkle.Appender = field(default_factory=merkle.Appender)

    @property
    def size(self) -> int:
        return self.edge.size

    def grow(self, leaves: list[bytes]) -> Growth:
        """Append leaves that are already in the order of the log."""
        grown = Growth()
        first = self.size // merkle.WIDTH
        grown.tiles = self.edge.extend(b"".join(map(merkle.leaf_hash, leaves)))
        self.tail += map(key_of, leaves)
        self.hi = self.tail[-1]
        while len(self.tail) >= merkle.WIDTH:
            full, self.tail = self.tail[: merkle.WIDTH], self.tail[merkle.WIDTH :]
            grown.bundles.append((first + len(grown.bundles), full))
        return grown


def taken_up(connection: log.Connection, stored: log.Stored, reach: Key) -> CellLog:
    """A cell's log as its last checkpoint left it, rebuilt from what is stored.

    LogDamaged unless the tiles and the entries behind the last full tile lead to the root that
    was signed, and no entry lies between the checkpoint and where the sealer has read to.
    """
    full, rest = divmod(stored.size, merkle.WIDTH)
    after = BEGINNING
    if full:
        last = log.bundles(connection, stored.cell_id, full - 1, 2)
        if last.keys() != {full - 1}:
            raise LogDamaged(f"bundle {full - 1} should be the last one")
        after = last[full - 1].last
    tail = list(entries.leaves_between(connection, stored.cell_id, after, stored.hi))
    if len(tail) != rest:
        raise LogDamaged(f"{len(tail)} entries behind the last full tile, {rest} were sealed")
    edge = [b"".join(map(merkle.leaf_hash, tail))]
    for level in range(1, merkle.LEVEL_BITS):
        below = stored.size >> (merkle.LEVEL_BITS * level)
        first = below // merkle.WIDTH * merkle.WIDTH
        row = log.tiles(connection, stored.cell_id, level - 1, first, below - first + 1)
        if sorted(row) != list(range(first, below)):
            raise LogDamaged(f"tiles of level {level - 1} are not those of {stored.size} entries")
        if not below:
            break
        edge.append(b"".join(merkle.perfect_root(row[n]) for n in sorted(row)))
    appender = merkle.Appender(stored.size, edge)
    if appender.root() != stored.root:
        raise LogDamaged("the entries no longer lead to the root that was signed")
    if not entries.is_empty_between(connection, stored.cell_id, stored.hi, reach):
        raise LogDamaged("an entry lies behind the point that the sealer had passed")
    return CellLog(stored.cell_id, stored.hi, [key_of(leaf) for leaf in tail], appender)
