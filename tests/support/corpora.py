"""Bad input in numbered items: `infra/bin/corpus` asks all, the test command a slice by a seed."""

import os
from collections.abc import Sequence
from random import Random
from typing import TypeVar

from tests.support import cells

Item = TypeVar("Item")
WHOLE = os.environ.get("REMPART_CORPUS") == "whole"
SEED = int(cells.seed())
"""Made anew in each run and printed at its end; REMPART_SEED asks for the same items again."""


def chosen(label: str, made: Sequence[Item], number: int) -> list[Item]:
    """All items, or so many of them."""
    if WHOLE or number >= len(made):
        return list(made)
    return Random(f"{SEED} {label}").sample(list(made), number)
