"""What is asked from time to time whether it is still as it should be, and what a meter reads.

Apps declare both when they are ready; the kernel knows neither what is counted nor why.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

Counted = Callable[[], Mapping[int, float]]
"""As the worker role: how many of something each cell has; a cell that is not named has none."""
Read = Callable[[], Iterable["Measure"]]


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of the whole house. It names no cell and no person."""

    name: str
    value: float


_probes: dict[str, Counted] = {}
_sources: list[Read] = []


def probe(name: str, ask: Counted) -> None:
    """Declare what is counted from time to time, once."""
    if name in _probes:
        raise ValueError(f"{name} is already declared")
    _probes[name] = ask


def probes() -> dict[str, Counted]:
    """Everything that is counted from time to time, by name."""
    return dict(_probes)


def measured_by(read: Read) -> None:
    """Declare a source of figures that a meter reads, once."""
    if read not in _sources:
        _sources.append(read)


def measures() -> list[Measure]:
    """Every figure, as it is now."""
    return [measure for read in _sources for measure in read()]
