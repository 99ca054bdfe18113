"""Prints a measurement as an aligned table or as lines of JSON."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from infra.bench.report.machine import Machine
from infra.bench.report.options import Options
from infra.bench.report.rows import MISSED, Row

COLUMNS = ("", "baseline", "figure", "unit", "ratio", "goal", "verdict")
NUMBERS = {1, 2, 4}


@dataclass
class Report:
    """The rows of one measurement, with all that is needed to repeat it."""

    name: str
    machine: Machine
    options: Options
    data: str
    baseline: str = ""
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, row: Row) -> None:
        """Keep a row; with --json it is printed at once."""
        if self.options.json:
            if not self.rows:
                print(json.dumps(self._head(), ensure_ascii=False), flush=True)
            print(json.dumps(row.as_json(), ensure_ascii=False), flush=True)
        self.rows.append(row)

    def note(self, text: str) -> None:
        """Say what a reader of the figures has to know."""
        self.notes.append(text)

    def finish(self) -> int:
        """Print what is not printed yet; 1 when a goal is missed, otherwise 0."""
        missed = [row for row in self.rows if row.verdict == MISSED]
        if self.options.json:
            print(json.dumps({"notes": self.notes, "missed": len(missed)}, ensure_ascii=False))
        else:
            print(self.text())
            if missed:
                print(f"\n{len(missed)} of {len(self.rows)} rows miss their goal.")
        return 1 if missed else 0

    def text(self) -> str:
        """The whole report as a person reads it."""
        head = [
            f"{self.name}{' (quick: a reduced size)' if self.options.quick else ''}",
            f"machine:  {self.machine}",
            f"data:     {self.data}, seed {self.options.seed}",
        ]
        if self.baseline:
            head.append(f"baseline: {self.baseline}")
        table = aligned([COLUMNS, *(row.as_cells() for row in self.rows)])
        notes = [f"- {note}" for note in self.notes]
        return "\n".join([*head, "", *table, *([""] if notes else []), *notes])

    def _head(self) -> dict[str, object]:
        return {
            "bench": self.name,
            "machine": self.machine.as_json(),
            "data": self.data,
            "seed": self.options.seed,
            "quick": self.options.quick,
            "baseline": self.baseline,
        }


def aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    """Columns as wide as their widest cell; numbers to the right, words to the left."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if place in NUMBERS else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
