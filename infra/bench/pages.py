"""`./infra/bin/bench pages`: the list and the case over HTTP, with many people at once."""

import os
import sys
from collections import Counter
from collections.abc import Sequence

from infra.bench import house
from infra.bench.filling import database
from infra.bench.filling.plan import Plan
from infra.bench.filling.run import ensure
from infra.bench.measuring.open_role import RUNTIME
from infra.bench.report import Machine, Options, Report, options_for
from infra.launcher.progress import step

THINK = 1.0


def main(arguments: Sequence[str]) -> int:
    """Serve one database in four ways, load each in turn, and compare."""
    parser = options_for("pages", "The list and the case over HTTP, with many people at once.")
    parser.add_argument("--cases", type=int, help="size of the database (default: 100000)")
    parser.add_argument("--users", type=int, default=50, help="signed-in people (default: 50)")
    parser.add_argument("--rounds", type=int, help="of each server and load (default: 4)")
    parser.add_argument("--seconds", type=float, help="of each round (default: 15)")
    parser.add_argument("--workers", type=int, default=2, help="processes of a server (default: 2)")
    found = parser.parse_args(arguments)
    plan = Plan.of(found.cases or (10_000 if found.quick else 100_000), found.seed)
    rounds = found.rounds or (1 if found.quick else 4)
    seconds = found.seconds or (5.0 if found.quick else 15.0)
    ensure(plan)
    with database.admin() as connection:
        machine = Machine.of(connection)
    password = os.environ["REMPART_DB_PASSWORD_RUNTIME"]
    with house.standing_on(plan.database, user=RUNTIME, password=password):
        # These know the product's own code, which can be imported from here on.
        from infra.bench.load.match import Setup, compete
        from infra.bench.load.rows import rows_of
        from infra.bench.load.servers import THREADS
        from infra.bench.measuring.people import sign_in_people

        people = sign_in_people(plan.database, plan.seed)
        people = (people * (found.users // len(people) + 1))[: found.users]
        setup = Setup(plan.database, found.workers, rounds, seconds, THINK, plan.seed)
        with step("Opening pages") as tell:
            tallies = compete(setup, people, tell)

    report = Report("pages", machine, Options.of(found), str(plan), "the same, BYPASSRLS role")
    for row in rows_of(tallies):
        report.add(row)
    failures = sum((tally.failures for tally in tallies.values()), start=Counter[str]())
    share = sum(t.users_cpu for t in tallies.values()) / sum(t.elapsed for t in tallies.values())
    report.note(f"{found.users} people in a closed loop, one connection each: list, case, list...")
    report.note(f"reading: {THINK:g} s on average between two pages; no pause: none at all")
    report.note(f"{found.workers} processes for each server; WSGI with {THREADS} threads in each")
    report.note(
        f"{rounds} rounds of {seconds:g} s, servers and roles in turn; each page is recorded"
    )
    report.note(f"the people took {share:.0%} of one core of this same machine")
    if failures:
        report.note(f"failed: {dict(failures)}")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
