"""`./infra/bin/bench lists`: reading cases through row security and without it, by size."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from infra.bench import house
from infra.bench.filling import database
from infra.bench.filling.plan import Plan
from infra.bench.filling.run import ensure
from infra.bench.measuring.open_role import RUNTIME, Login, without_row_security
from infra.bench.report import (
    Goal,
    Machine,
    Options,
    Report,
    Row,
    difference_at_most,
    options_for,
    ratio_at_most,
)
from infra.launcher.progress import step

SIZES = (10_000, 100_000, 1_000_000)
WHO = ("school", "partner", "coordinator")
CASES = 20
LIST, DETAIL, FILE = "list", "detail", "whole case"
PREPARED = {False: "unprepared", True: "prepared"}
GOALS: dict[tuple[str, bool], tuple[Goal, ...]] = {
    (LIST, False): (ratio_at_most(1.3),),
    (LIST, True): (ratio_at_most(1.3),),
    (DETAIL, False): (ratio_at_most(1.6),),
    (DETAIL, True): (ratio_at_most(1.3), difference_at_most(0.06, "ms")),
    (FILE, False): (ratio_at_most(1.6),),
    (FILE, True): (ratio_at_most(1.3),),
}
GROWTH = ratio_at_most(1.5)
Times = dict[tuple[int, str, str, bool], float]


def main(arguments: Sequence[str]) -> int:
    """Measure every size that is asked for; databases that are missing are filled first."""
    parser = options_for("lists", "Lists and details through row security, against without it.")
    parser.add_argument(
        "--cases", type=int, nargs="+", help="sizes (default: 10000 100000 1000000)"
    )
    parser.add_argument("--runs", type=int, help="of each statement (default: 400)")
    found = parser.parse_args(arguments)
    sizes = sorted(found.cases or (SIZES[:1] if found.quick else SIZES))
    runs = found.runs or (200 if found.quick else 400)
    plans = [Plan.of(size, found.seed) for size in sizes]
    for plan in plans:
        ensure(plan)
    with database.admin() as connection:
        machine = Machine.of(connection)
    data = "; ".join(map(str, plans))
    report = Report("lists", machine, Options.of(found), data, "the same SQL, BYPASSRLS role")
    times: Times = {}
    with without_row_security() as open_:
        for plan in plans:
            with step(f"Measuring {plan.cases:,} cases"):
                for row in _measured(plan, open_, runs, times):
                    report.add(row)
    for row in _growth(times, sizes):
        report.add(row)
    report.note(f"medians of {runs} runs, sides in turn, measured by the client in one transaction")
    report.note(
        "list: every statement of the page of 25 newest; whole case: every part of one case"
    )
    report.note(f"the plans are in {_plans()}")
    return report.finish()


def _measured(plan: Plan, open_: Login, runs: int, times: Times) -> Iterator[Row]:
    """Every page of every person, on one database."""
    secured = Login(RUNTIME, os.environ["REMPART_DB_PASSWORD_RUNTIME"])
    with house.standing_on(plan.database, user=secured.user, password=secured.password):
        # These know the product's own code, which can be imported from here on.
        from infra.bench.measuring import people, statements
        from infra.bench.measuring.duel import duel

        everybody = people.sign_in_people(plan.database, plan.seed)
        for who in WHO:
            person = next(person for person in everybody if person.who == who)
            cases = person.cases[:CASES]
            pages = {
                LIST: [statements.list_statements(person)],
                DETAIL: [statements.header_statements(person, case) for case in cases],
                FILE: [statements.file_statements(person, case) for case in cases],
            }
            with duel(database.place(plan.database), secured, open_, person.token) as pair:
                for page, variants in pages.items():
                    _keep(f"{plan.cases}-{page}-{who}".replace(" ", "-"), pair.plans(variants[0]))
                    for prepared, how in PREPARED.items():
                        took = pair.fight(variants, runs=runs, prepared=prepared)
                        times[plan.cases, page, who, prepared] = took.secured
                        sent = f"{how} ({len(variants[0])} sent)"
                        name = f"{plan.cases:,} cases, {page}, {who}, {sent}"
                        goals = GOALS[page, prepared]
                        yield Row(name, took.secured, "ms", baseline=took.open, goals=goals)


def _growth(times: Times, sizes: Sequence[int]) -> Iterator[Row]:
    small, large = min(sizes), max(sizes)
    for (size, page, who, prepared), milliseconds in times.items():
        if size == large > small:
            name = f"{small:,} to {large:,} cases, {page}, {who}, {PREPARED[prepared]}"
            before = times[small, page, who, prepared]
            yield Row(name, milliseconds, "ms", baseline=before, goals=(GROWTH,))


def _keep(name: str, plans: Iterator[tuple[str, str]]) -> None:
    folder = _plans()
    folder.mkdir(parents=True, exist_ok=True)
    text = "\n\n".join(f"-- {title}\n{plan}" for title, plan in plans)
    (folder / f"{name}.txt").write_text(text + "\n", encoding="utf-8")


def _plans() -> Path:
    return Path(os.environ["REMPART_STATE"]) / "plans"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
