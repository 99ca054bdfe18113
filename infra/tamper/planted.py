"""What was tampered with, and where a verifier should find it."""

import random
from dataclasses import dataclass
from typing import Any

import psycopg

from infra.tamper.ground import CELLS, Ground


@dataclass(frozen=True, slots=True)
class Planted:
    """One tampering: said in a few words, and the entries of each cell that it concerns."""

    said: str
    spots: dict[int, tuple[int, int]]
    """Cell -> first entry and the one behind the last; any of these cells may tell of it."""
    shortens: bool = False
    """What is left is a whole log, shorter or signed anew: it takes a copy kept elsewhere."""

    def is_young(self, ground: Ground) -> bool:
        """Whether it concerns only what was not delivered to anybody yet."""
        return self.shortens and all(
            first >= ground.delivered[cell].size for cell, (first, _end) in self.spots.items()
        )


@dataclass(slots=True)
class Hand:
    """Whoever tampers: the owner's connection inside a transaction, and chance."""

    connection: psycopg.Connection[Any]
    ground: Ground
    chance: random.Random

    def do(self, statement: str, parameters: Any = None) -> int:
        """How many rows it has touched."""
        return self.connection.execute(statement, parameters).rowcount

    def cell(self) -> int:
        """One of the cells; the long ones more often."""
        return self.chance.choices(CELLS, (4, 3, 1))[0]

    def index(self, cell: int) -> int:
        """The place of one entry."""
        return self.chance.randrange(self.ground.size(cell))


def entry(ground: Ground, cell: int, index: int) -> str:
    """The condition that selects one entry."""
    key = ground.keys[cell][index]
    return f"cell_id = {cell} AND epoch = {key.epoch} AND id = {key.id} AND xid = '{key.xid}'::xid8"


def one(cell: int, index: int) -> dict[int, tuple[int, int]]:
    """One entry."""
    return {cell: (index, index + 1)}


def under_tile(cell: int, n: int) -> dict[int, tuple[int, int]]:
    """The entries under one full tile."""
    return {cell: (n * 256, n * 256 + 256)}


def over_checkpoint(ground: Ground, cell: int, at: int) -> dict[int, tuple[int, int]]:
    """The entries between the checkpoints before and after this one."""
    sizes = [0, *(each.size for each in ground.checkpoints[cell])]
    return {cell: (sizes[at], sizes[min(at + 2, len(sizes) - 1)])}
