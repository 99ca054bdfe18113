"""`./infra/bin/bench viewer`: what it costs each request to build its viewer and bind its token."""

import os
import sys
from collections.abc import Sequence

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


def main(arguments: Sequence[str]) -> int:
    """Measure the binding alone, then pages with it and without it."""
    parser = options_for("viewer", "Building a viewer and binding its token, for each request.")
    parser.add_argument("--cases", type=int, help="size of the database (default: 100000)")
    parser.add_argument("--runs", type=int, help="of each page on each side (default: 600)")
    found = parser.parse_args(arguments)
    plan = Plan.of(found.cases or (10_000 if found.quick else 100_000), found.seed)
    runs = found.runs or (150 if found.quick else 600)
    ensure(plan)
    with database.admin() as connection:
        machine = Machine.of(connection)
    report = Report("viewer", machine, Options.of(found), str(plan), "the same page, viewer given")
    password = os.environ["REMPART_DB_PASSWORD_RUNTIME"]
    with house.standing_on(plan.database, user=RUNTIME, password=password):
        # These know the product's own code, which can be imported from here on.
        from infra.bench.measuring.bound import Bench
        from infra.bench.measuring.people import sign_in_people

        everybody = sign_in_people(plan.database, plan.seed)
        for who in WHO:
            person = next(person for person in everybody if person.who == who)
            bench = Bench(person)
            pages = {"list": "/dossiers/", "whole case": f"/dossiers/{person.cases[0]}/"}
            with step(f"Measuring a {who}"):
                trips = max(bench.round_trips(path) for path in pages.values())
                one = (figure_at_most(1, "round trip"),)
                report.add(Row(f"{who}, round trips more", trips, "", goals=one))
                limit = (figure_at_most(1, "ms"),)
                report.add(Row(f"{who}, binding", bench.binding(runs), "ms", goals=limit))
                for page, path in pages.items():
                    took = bench.page(path, runs)
                    goals = (ratio_at_most(1.2),)
                    name = f"{who}, {page}"
                    report.add(Row(name, took.bound, "ms", baseline=took.given, goals=goals))
    report.note(f"medians of {runs} runs, with and without in turn, in one process and connection")
    report.note("binding: one statement that sets the token and answers who it belongs to")
    report.note("without: the viewer is known and the connection bears the token beforehand")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
