"""What every measurement prints: rows with baseline, figure, ratio, goal and verdict."""

from infra.bench.report.goals import (
    Goal,
    difference_at_most,
    figure_at_most,
    ratio_at_least,
    ratio_at_most,
)
from infra.bench.report.machine import Machine
from infra.bench.report.options import Options, options_for
from infra.bench.report.printing import Report
from infra.bench.report.rows import Row

__all__ = [
    "Goal",
    "Machine",
    "Options",
    "Report",
    "Row",
    "difference_at_most",
    "figure_at_most",
    "options_for",
    "ratio_at_least",
    "ratio_at_most",
]
