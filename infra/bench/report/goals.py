"""What a figure has to reach."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """A limit, in words and as a question to a figure and its baseline."""

    text: str
    reached: Callable[[float, float | None], bool]


def ratio_at_most(limit: float) -> Goal:
    """The figure is at most this many times its baseline."""
    return Goal(
        f"<= {limit:.2f}x",
        lambda figure, baseline: bool(baseline) and figure <= limit * (baseline or 0.0),
    )


def ratio_at_least(limit: float) -> Goal:
    """The figure is at least this many times its baseline: of two speeds."""
    return Goal(
        f">= {limit:.2f}x",
        lambda figure, baseline: bool(baseline) and figure >= limit * (baseline or 0.0),
    )


def difference_at_most(limit: float, unit: str) -> Goal:
    """The figure is at most this much above its baseline."""
    return Goal(
        f"<= +{limit:g} {unit}",
        lambda figure, baseline: baseline is not None and figure - baseline <= limit,
    )


def figure_at_most(limit: float, unit: str, *, strictly: bool = False) -> Goal:
    """The figure itself is at most this, or strictly below it."""
    return Goal(
        f"{'<' if strictly else '<='} {limit:g} {unit}",
        lambda figure, _: figure < limit if strictly else figure <= limit,
    )
