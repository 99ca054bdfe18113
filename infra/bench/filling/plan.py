"""How much is filled, and how it is spread."""

import json
import os
from dataclasses import dataclass

# Weight of the cell of rank r is r ** -0.7: the largest of 101 then has a good nine percent.
ZIPF = 0.7
WHOLE_COUNTRY = 5_000
# Some schools of the largest cells have the same number of cases at every size, so that their
# pages can be compared; the people who measure work there.
CELLS_WITH_PEOPLE = 5
SCHOOLS_WITH_PEOPLE = 5
CASES_OF_SUCH_A_SCHOOL = 60
CODES = (
    *(f"{number:02d}" for number in range(1, 96) if number != 20),
    *("2A", "2B", "971", "972", "973", "974", "976"),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """The parameters of a filled database; the same ones give the same data."""

    cases: int
    seed: int = 1
    cells: int = 101
    schools: int = 30_000
    partners: int = 400

    @classmethod
    def of(cls, cases: int, seed: int) -> "Plan":
        """The whole country, or a small part of it for a number of cases that is a mere trial."""
        if cases < WHOLE_COUNTRY:
            return cls(cases, seed, cells=8, schools=200, partners=32)
        return cls(cases, seed)

    def __post_init__(self) -> None:
        if not 100 <= self.cases <= 5_000_000:
            raise ValueError("Between 100 and 5,000,000 cases.")
        if not CELLS_WITH_PEOPLE <= self.cells <= len(CODES):
            raise ValueError(f"Between {CELLS_WITH_PEOPLE} and {len(CODES)} cells.")
        if self.schools < 10 * self.cells or self.partners < 2 * self.cells:
            raise ValueError("At least 10 schools and 2 partners for each cell.")

    @property
    def database(self) -> str:
        """The name of the database."""
        return f"{os.environ.get('REMPART_BENCH_PREFIX', 'bench')}_{self.cases}"

    @property
    def measured_schools(self) -> int:
        """How many schools have the same number of cases at every size; they are numbered first."""
        return CELLS_WITH_PEOPLE * SCHOOLS_WITH_PEOPLE

    @property
    def every(self) -> int:
        """One case in so many belongs to one of those schools."""
        return max(2, self.cases // (self.measured_schools * CASES_OF_SUCH_A_SCHOOL))

    def __str__(self) -> str:
        return (
            f"{self.cases:,} cases, {self.cells} cells, {self.schools:,} schools, "
            f"{self.partners} partner agencies"
        )

    def parameters(self, code: str, keys: str) -> str:
        """What is written on the database, so that the same is not filled twice."""
        return json.dumps(
            {
                "cases": self.cases,
                "seed": self.seed,
                "cells": self.cells,
                "schools": self.schools,
                "partners": self.partners,
                "code": code,
                "keys": keys,
            },
            sort_keys=True,
        )
