"""`./infra/bin/bench seed`: fills databases with cases, which the other measurements reuse."""

import sys
from collections.abc import Sequence

from infra.bench.filling import database
from infra.bench.filling.plan import Plan
from infra.bench.filling.run import ensure
from infra.bench.report import Goal, Machine, Options, Report, Row, figure_at_most, options_for

QUICK = 10_000
LARGE = 1_000_000
TABLES = """
SELECT relname, pg_total_relation_size(oid), reltuples FROM pg_class
 WHERE relname LIKE 'referrals!_%%' ESCAPE '!' AND relkind = 'r' AND reltuples > 0
 ORDER BY 2 DESC, 1
"""


def main(arguments: Sequence[str]) -> int:
    """Fill one database and say what is in it."""
    parser = options_for("seed", "Fills a database with cases by bulk SQL; keeps it for the rest.")
    parser.add_argument("--cases", type=int, help="10000, 100000 (default), 1000000, any number")
    found = parser.parse_args(arguments)
    cases = found.cases or (QUICK if found.quick else 100_000)
    try:
        plan = Plan.of(cases, found.seed)
    except ValueError as error:
        parser.error(str(error))
    seconds = ensure(plan)
    with database.admin(plan.database) as connection:
        report = Report("seed", Machine.of(connection), Options.of(found), str(plan))
        goals: tuple[Goal, ...] = (figure_at_most(300, "s"),) if cases == LARGE else ()
        report.add(Row("filled in", seconds, "s", goals=goals))
        size = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        report.add(Row("database", (size[0] if size else 0) / 2**20, "MB"))
        for name, bytes_, rows in connection.execute(TABLES):
            report.add(Row(f"{name}, rows", rows, ""))
            report.add(Row(f"{name}, with indexes", bytes_ / 2**20, "MB"))
    report.note(f"kept as {plan.database}; filled again after a week, or when tables change")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
