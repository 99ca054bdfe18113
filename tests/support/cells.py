"""Cells of a table: `infra/bin/authz` asks them all, the test command a sample drawn by a seed.

A sample holds every row and every column of the table at least once. Its seed is new in every run
and printed at its end; REMPART_SEED asks for the same one again.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any, TypeVar

First = TypeVar("First")
Second = TypeVar("Second")

ALL = "all"
SHOWN = 60
"""So many wrong cells are listed; more of them say nothing new."""


def asks_all() -> bool:
    """Whether this run asks every cell."""
    return os.environ.get("REMPART_CELLS") == ALL


def seed() -> str:
    """What the samples of this run are drawn by; the same in all its processes."""
    return os.environ.setdefault("REMPART_SEED", str(Random().randrange(10**9)))


def parts() -> list[int]:
    """Numbers of the pieces that a large table is asked in, so that two processes share it."""
    return list(range(12 if asks_all() else 2))


def dice(label: str) -> Random:
    """Chance that is the same for the same seed and label."""
    return Random(f"{seed()} {label}")


def pairs(
    label: str,
    rows: Sequence[First],
    columns: Sequence[Second],
    keep: Callable[[First, Second], bool] = lambda row, column: True,
    *,
    times: int = 1,
) -> list[tuple[First, Second]]:
    """The cells to ask: all that are kept, or so many that each row and column has ``times``."""
    kept = [
        (here, there)
        for here, row in enumerate(rows)
        for there, column in enumerate(columns)
        if keep(row, column)
    ]
    if not asks_all():
        kept = _covering(dice(label), kept, times)
    return [(rows[here], columns[there]) for here, there in kept]


def _covering(chance: Random, kept: list[tuple[int, int]], times: int) -> list[tuple[int, int]]:
    chance.shuffle(kept)
    had: Counter[tuple[str, int]] = Counter()
    chosen = []
    for here, there in kept:
        if had["row", here] < times or had["column", there] < times:
            had["row", here] += 1
            had["column", there] += 1
            chosen.append((here, there))
    return chosen


def some(label: str, things: Sequence[First], count: int) -> list[First]:
    """All things, or ``count`` of them."""
    if asks_all() or count >= len(things):
        return list(things)
    return dice(label).sample(list(things), count)


class Cells:
    """Asks cell after cell and tells at the end which were wrong, so that one sees them all."""

    def __init__(self) -> None:
        self.asked = 0
        self.wrong: list[str] = []

    @contextmanager
    def cell(self, *names: Any) -> Iterator[None]:
        """One cell: what fails an assertion in here is told with these names."""
        self.asked += 1
        name = ", ".join(str(each) for each in names)
        try:
            yield
        except AssertionError as error:
            self.wrong.append(f"{name}: {' '.join(str(error).split())[:400]}")
        except Exception as error:
            error.add_note(f"in the cell {name}")
            raise

    def verdict(self) -> str:
        """Nothing, or the wrong cells one to a line."""
        if not self.wrong:
            return ""
        more = f"\n... and {len(self.wrong) - SHOWN} more" if len(self.wrong) > SHOWN else ""
        head = f"{len(self.wrong)} of {self.asked} cells are wrong (REMPART_SEED={seed()}):\n"
        return head + "\n".join(self.wrong[:SHOWN]) + more
