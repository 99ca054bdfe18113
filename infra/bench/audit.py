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


def main(arguments: Sequence[str]) -> int:
    """Measure the parts that are asked for; the log is filled and sealed first."""
    here = [part for part in PARTS if importlib.util.find_spec(f"infra.bench.recording.{part}")]
    parser = options_for("audit", "Writing, checking and reading the record.")
    parser.add_argument("--entries", type=int, help=f"of the log (default: {ENTRIES})")
    parser.add_argument("--part", choices=here, nargs="+", default=here, help="default: all")
    found = parser.parse_args(arguments)
    plan = LogPlan(found.entries or (QUICK if found.quick else ENTRIES), found.seed)
    filling.ensure(plan)
    with database.admin() as connection:
        machine = Machine.of(connection)
    report = Report("audit", machine, Options.of(found), str(plan), "said in each row's note")
    with filling.on(plan):
        for name in found.part:
            part = importlib.import_module(f"infra.bench.recording.{name}")
            for row in part.rows(plan.entries, quick=found.quick, seed=found.seed):
                report.add(row)
    if "checking" in found.part:
        report.note("from PostgreSQL: every entry, tile, bundle and signature; against a COPY")
        report.note("in memory: leaves and whole tree, against one SHA-256 of each leaf")
        report.note("proof: where the entry is and its hashes; cold: no tile known beforehand")
    return report.finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
