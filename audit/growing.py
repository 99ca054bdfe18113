"""The right edge of one cell's tree, in the sealer's memory."""

from dataclasses import dataclass, field

from audit import merkle
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
