"""`./infra/bin/bench audit`: what the record costs, and how fast it can be checked."""

import importlib
import importlib.util
import sys
from collections.abc import Sequence

from infra.bench.filling import database
from infra.bench.recording import filling
from infra.bench.recording.filling import LogPlan
from infra.bench.report import Machine, Options, Report, options_for

PARTS = ("appending", "checking", "desk", "kept")
ENTRIES, QUICK = 1_000_000, 50_000
LONGER = {"desk": 10_000_000}
"""Parts whose figures are about a longer log."""


def main(arguments: Sequence[str]) -> int:
    """Measure the parts that are asked for; the log is filled and sealed first."""
    here = [part for part in PARTS if importlib.util.find_spec(f"infra.bench.recording.{part}")]
    parser = options_for("audit", "Writing, checking and reading the record.")
    parser.add_argument(
        "--entries", type=int, help=f"of the log (default: {ENTRIES}, desk 10 times)"
    )
    parser.add_argument("--part", choices=here, nargs="+", default=here, help="default: all")
    found = parser.parse_args(arguments)
    size = found.entries or (QUICK if found.quick else 0)
    plans = {name: LogPlan(size or LONGER.get(name, ENTRIES), found.seed) for name in found.part}
    for plan in dict.fromkeys(plans.values()):
        filling.ensure(plan)
    with database.admin() as connection:
        machine = Machine.of(connection)
    data = "; ".join(str(plan) for plan in dict.fromkeys(plans.values()))
    report = Report("audit", machine, Options.of(found), data, "said in each row's note")
    for name, plan in plans.items():
        with filling.on(plan):
            part = importlib.import_module(f"infra.bench.recording.{name}")
            for row in part.rows(plan.entries, quick=found.quick, seed=found.seed):
                report.add(row)
    if "checking" in found.part:
        report.note("from PostgreSQL: every entry, tile, bundle and signature; against a COPY")
        report.note("in memory: leaves and whole tree, against one SHA-256 of each leaf")
        report.note("proof: where the entry is and its hashes; cold: no tile known beforehand")
    if "desk" in found.part:
        report.note("desk: as the pages' role, with the entry that says the journal was read")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
