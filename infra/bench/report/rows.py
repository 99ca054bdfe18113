"""One line of a measurement."""

import math
from dataclasses import dataclass

from infra.bench.report.goals import Goal

MET, MISSED = "met", "missed"


@dataclass(frozen=True, slots=True)
class Row:
    """A figure, what it is compared with, and its goals: reaching one of them is enough."""

    name: str
    figure: float
    unit: str
    baseline: float | None = None
    goals: tuple[Goal, ...] = ()

    @property
    def ratio(self) -> float | None:
        """How many times the baseline the figure is; nothing without a baseline."""
        return self.figure / self.baseline if self.baseline else None

    @property
    def goal(self) -> str:
        """The goals in words."""
        return " or ".join(goal.text for goal in self.goals)

    @property
    def verdict(self) -> str:
        """``met``, ``missed``, or nothing for a figure without a goal."""
        if not self.goals:
            return ""
        reached = any(goal.reached(self.figure, self.baseline) for goal in self.goals)
        return MET if reached else MISSED

    def as_json(self) -> dict[str, object]:
        """The row as an object of JSON."""
        return {
            "name": self.name,
            "baseline": _finite(self.baseline),
            "figure": _finite(self.figure),
            "unit": self.unit,
            "ratio": _finite(self.ratio),
            "goal": self.goal,
            "verdict": self.verdict,
        }

    def as_cells(self) -> tuple[str, ...]:
        """The row as a person reads it."""
        return (
            self.name,
            "" if self.baseline is None else _number(self.baseline),
            _number(self.figure),
            self.unit,
            "" if self.ratio is None else f"{self.ratio:.2f}x",
            self.goal,
            self.verdict,
        )


def _finite(value: float | None) -> float | None:
    """JSON has no word for what is not a number."""
    return round(value, 4) if value is not None and math.isfinite(value) else None


def _number(value: float) -> str:
    if value and abs(value) < 10:
        return f"{value:.3f}"
    if abs(value) < 1000:
        return f"{value:.1f}"
    return f"{value:,.0f}"
