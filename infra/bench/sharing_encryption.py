"""`./infra/bin/bench sharing_encryption`: a page against the same in clear, and a whole search."""

import os
import statistics
import sys
import time
from collections.abc import Iterator, Sequence

from infra.bench import house
from infra.bench.filling import database
from infra.bench.filling.plan import Plan
from infra.bench.filling.run import ensure
from infra.bench.measuring.open_role import RUNTIME
from infra.bench.report import (
    Machine,
    Options,
    Report,
    Row,
    figure_at_most,
    options_for,
    ratio_at_most,
)
from infra.launcher.progress import step

WHO = ("school", "partner", "coordinator")
CASES, QUICK = 36_000, 3_600
PAGE = ratio_at_most(1.15)
SEARCH = 300 / 30_000
"""Milliseconds for a value: 30,000 of them in 300 ms."""


def main(arguments: Sequence[str]) -> int:
    """Measure pages and searches; the database is filled and a cell of it sealed first."""
    parser = options_for("sharing_encryption", "What encryption costs a page, and a search.")
    parser.add_argument("--cases", type=int, help=f"of the database (default: {CASES})")
    parser.add_argument("--runs", type=int, help="of each page (default: 400)")
    found = parser.parse_args(arguments)
    cases = found.cases or (QUICK if found.quick else CASES)
    runs = found.runs or (80 if found.quick else 400)
    plan = Plan(cases, found.seed, cells=8, schools=200, partners=32)
    ensure(plan)
    with database.admin() as connection:
        machine = Machine.of(connection)
    report = Report(
        "sharing_encryption", machine, Options.of(found), str(plan), "the same page in clear"
    )
    user, password = os.environ["REMPART_DB_ADMIN_USER"], os.environ["REMPART_DB_PASSWORD_ADMIN"]
    with house.standing_on(plan.database, user=user, password=password):
        _seal_largest(plan)
    password = os.environ["REMPART_DB_PASSWORD_RUNTIME"]
    with house.standing_on(plan.database, user=RUNTIME, password=password):
        for row in (*_pages(plan, runs), *_searches(plan, 5 if found.quick else 15)):
            report.add(row)
    report.note(f"pages: medians of {runs} runs, in turn, in one process and connection")
    report.note("in clear: texts known beforehand; no key is read, opened or used")
    report.note(
        "nothing remembered: as in the first page of a process, with the root key in a file"
    )
    report.note("search: the whole of it, with the rows from PostgreSQL through row security")
    return report.finish()


def _seal_largest(plan: Plan) -> None:
    from infra.bench.encrypting.sealing_all import seal_cell

    with step("Sealing every case of the largest cell"), database.admin(plan.database) as plain:
        if not plain.execute("SELECT to_regclass('bench.sealed_whole') IS NULL").fetchone()[0]:  # type: ignore[index]  # one row
            return
        number = seal_cell(plain, 1)
        plain.execute("CREATE TABLE bench.sealed_whole AS SELECT %s::int AS cases", [number])


def _pages(plan: Plan, runs: int) -> Iterator[Row]:
    from infra.bench.encrypting.clear import CasePage
    from infra.bench.measuring.people import sign_in_people

    everybody = sign_in_people(plan.database, plan.seed)
    for who in WHO:
        person = next(person for person in everybody if person.who == who)
        with step(f"Measuring the page of a {who}"):
            page = CasePage(person, person.cases[0])
            took = page.milliseconds(runs)
        name = f"case page, {who}, {page.values()} values"
        yield Row(name, took["sealed"], "ms", baseline=took["clear"], goals=(PAGE,))
        name = f"case page, {who}, nothing remembered"
        yield Row(name, took["cold"], "ms", baseline=took["clear"])


def _searches(plan: Plan, runs: int) -> Iterator[Row]:
    from infra.bench.encrypting.sealing_all import RARE
    from infra.bench.encrypting.searching import Searching
    from infra.bench.measuring.people import sign_in_people

    everybody = sign_in_people(plan.database, plan.seed)
    person = next(p for p in everybody if p.who == "coordinator" and p.cell == 1)
    searching = Searching(person.token)
    for what, words in (("a rare word", RARE), ("three words", f"élèves cour {RARE}")):
        took, found = [], None
        with step(f"Searching for {what}"):
            for _run in range(runs):
                began = time.perf_counter()
                found = searching.search(words)
                took.append((time.perf_counter() - began) * 1000)
        if found is None or not found.cases:
            raise RuntimeError("The search finds nothing: this would measure something else.")
        name = f"search, {what}: {found.values:,} values of {found.read:,} cases"
        limit = figure_at_most(round(SEARCH * found.values, 1), "ms", strictly=True)
        yield Row(name, statistics.median(took), "ms", goals=(limit,))
        yield Row(f"search, {what}: slowest of {runs}", max(took), "ms")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
