"""How an operator names a cell on the command line; the app of cells knows its code."""

from collections.abc import Callable

CellOf = Callable[[str], int | None]

_sources: list[CellOf] = []


def register(cell_of: CellOf) -> None:
    """Called once, when the app of cells is ready: the number of the cell with this code."""
    _sources[:] = [cell_of]


def cell_of(text: str) -> int | None:
    """The cell with this code; without anybody who knows codes, the cell of this number."""
    for source in _sources:
        found = source(text)
        if found is not None:
            return found
    return int(text) if text.isascii() and text.isdigit() else None
