"""A log of a given size in a database of its own: entries as a cell writes them, really sealed."""

import hashlib
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from infra.bench import house
from infra.bench.filling import database, run
from infra.bench.filling.loading import bulk
from infra.bench.filling.plan import Plan
from infra.bench.recording import entries, territory
from infra.launcher.progress import step

CELL = 1
RARE = 200
"""So many entries of a long log are exports asked for, or made with a token."""
UNCOUNTED = 50
"""One entry in so many is left for the tally to count."""


@dataclass(frozen=True, slots=True)
class Surroundings(Plan):
    """The cases and people that a log is about, in the log's own database."""

    log: str = ""

    @property
    def database(self) -> str:
        """The name of the database."""
        return self.log


@dataclass(frozen=True, slots=True)
class LogPlan:
    """The parameters of a filled log; the same ones give the same entries."""

    entries: int
    seed: int = 1

    @property
    def database(self) -> str:
        """The name of the database."""
        return f"rempart_bench_log_{self.entries}"

    @property
    def about(self) -> Surroundings:
        """A good quarter of these cases and schools belong to the cell of the log."""
        size = (30_000, 2_000, 400) if self.entries >= 1_000_000 else (2_000, 200, 32)
        cases, schools, partners = size
        return Surroundings(cases, self.seed, 8, schools, partners, log=self.database)

    def parameters(self, code: str, keys: str) -> str:
        """What the database is marked with."""
        about = {"entries": self.entries, "seed": self.seed, "code": code, "keys": keys}
        return json.dumps(about | {"log": _code()})

    def __str__(self) -> str:
        return f"{self.entries:,} entries of one cell in a year"


def ensure(plan: LogPlan) -> float:
    """Fill the database unless it holds exactly this; the seconds that the filling took."""
    known = database.filled_seconds(plan)  # type: ignore[arg-type]  # a plan in all that is asked
    if known is not None:
        return known
    began = time.monotonic()
    run.ensure(plan.about)
    _write(plan)
    with step("Sealing them") as tell, on(plan):
        _seal(tell)
    seconds = time.monotonic() - began
    database.mark(plan, seconds)  # type: ignore[arg-type]
    return seconds


def on(plan: LogPlan):  # type: ignore[no-untyped-def]  # the context of house.standing_on
    """Django on this database; its roles are those of the record."""
    user, password = os.environ["REMPART_DB_ADMIN_USER"], os.environ["REMPART_DB_PASSWORD_ADMIN"]
    return house.standing_on(plan.database, user=user, password=password)


def _write(plan: LogPlan) -> None:
    with bulk(plan.database) as connection:
        with step("Who reads what, and when"):
            territory.stage(connection, cell=CELL, size=plan.entries)
        rare = max(20, plan.entries // RARE)
        with step(f"{plan.entries:,} entries"):
            entries.fill(connection, cell=CELL, size=plan.entries, seed=plan.seed, rare=rare)
        with step("Their tally"):
            entries.count(connection, plan.entries - plan.entries // UNCOUNTED)


def _seal(tell) -> None:  # type: ignore[no-untyped-def]  # what a step is told with
    # These know the product's own code, which can be imported from here on.
    from audit import keys, log
    from audit.sealer import Sealer

    with log.connect("sealer") as connection:
        sealer = Sealer(connection, keys.signing_key())
        if not sealer.takes_over():
            raise RuntimeError("Another sealer is at work on this database.")
        sealed = 0
        while more := sealer.seal():
            sealed += more
            tell(f"{sealed:,}")


def _code() -> str:
    """Changes with the way the log is filled."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    named = [each for each in sources if each.stem in ("entries", "filling", "territory")]
    return hashlib.sha256(b"".join(each.read_bytes() for each in named)).hexdigest()[:16]
