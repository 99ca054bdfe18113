"""How long each class of entries is kept in a cell; the app of cells knows what a cell has set."""

from collections.abc import Callable
from dataclasses import dataclass

from audit.registry import MONTHS, Keeps, kinds
from audit.sql.keeping import CONTROL_MONTHS, LOWEST_MONTHS

MonthsOf = Callable[[int], int]

_sources: list[MonthsOf] = []


@dataclass(frozen=True, slots=True)
class Months:
    """The two terms of a cell, in months."""

    ordinary: int
    control: int = CONTROL_MONTHS


def register(months_of: MonthsOf) -> None:
    """Called once, when the app of cells is ready: what a cell keeps ordinary entries for."""
    _sources[:] = [months_of]


def months_of(cell_id: int) -> Months:
    """The terms of a cell. What it has set below the lowest legal term counts as that."""
    chosen = _sources[0](cell_id) if _sources else MONTHS[Keeps.ORDINARY]
    return Months(min(max(chosen, LOWEST_MONTHS), CONTROL_MONTHS))


def ordinary_kinds() -> list[str]:
    """The kinds that are kept for the ordinary term; every other one, also one that nobody
    declares any more, is kept for the long one."""
    return [kind.name for kind in kinds() if kind.keeps is Keeps.ORDINARY]
