"""`./infra/bin/bench sharing`: proposing, accepting and ending a share, as a case grows.

The right to a document and the price of encryption have commands of their own:
`sharing_documents` and `sharing_encryption`.
"""

import os
import sys
from collections.abc import Sequence

from infra.bench import house
from infra.bench.filling import database
from infra.bench.filling.plan import Plan
from infra.bench.filling.run import ensure
from infra.bench.measuring.open_role import RUNTIME
from infra.bench.report import Machine, Options, Report, Row, figure_at_most, options_for
from infra.launcher.progress import step

ITEMS = (1, 10, 100, 1_000)
AGENCIES = (1, 10, 100)
GOAL = figure_at_most(250, "ms")


def main(arguments: Sequence[str]) -> int:
    """Measure with ever more things in the case, then with ever more agencies that see it."""
    parser = options_for("sharing", "Propose, accept and revoke a share, as a case grows.")
    parser.add_argument("--cases", type=int, help="size of the database (default: 10000)")
    parser.add_argument("--runs", type=int, help="of each measurement (default: 40)")
    found = parser.parse_args(arguments)
    plan = Plan.of(found.cases or 10_000, found.seed)
    runs = found.runs or (8 if found.quick else 40)
    ensure(plan)
    with database.admin() as connection:
        machine = Machine.of(connection)
    report = Report("sharing", machine, Options.of(found), str(plan), "the smallest case")
    password = os.environ["REMPART_DB_PASSWORD_RUNTIME"]
    with house.standing_on(plan.database, user=RUNTIME, password=password):
        # These know the product's own code, which can be imported from here on.
        from infra.bench.measuring.people import sign_in_people
        from infra.bench.measuring.shares import Sides

        sides = Sides.among(plan.database, sign_in_people(plan.database, found.seed))
        grown = [(f"{n:,} things in the case", n, 0) for n in ITEMS]
        grown += [(f"{n:,} agencies on the case", ITEMS[1], n) for n in AGENCIES]
        before: dict[str, float] = {}
        for name, things, agencies in grown:
            with step(f"Measuring {name}"), sides.grown(things, agencies):
                took = sides.measured(runs)
            for act, milliseconds in took.items():
                goals = (GOAL,)
                row = Row(
                    f"{act}, {name}", milliseconds, "ms", baseline=before.get(act), goals=goals
                )
                report.add(row)
                before.setdefault(act, milliseconds)
    report.note(
        f"medians of {runs} runs; each act is a whole transaction of the service, committed"
    )
    report.note("each thing is a row with its own viewers, in a part that the share opens")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
