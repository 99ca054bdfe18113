"""`./infra/bin/authz`: every cell of the tables, of which the test command asks a sample."""

import argparse
from collections.abc import Sequence

from infra.launcher.identity_provider import identity_provider_variables
from infra.launcher.places import Places
from infra.launcher.runs import one_run
from infra.launcher.steps import (
    everything_of_the_tables,
    run_step,
    summary,
    table_step,
    without_servers,
)


def main(arguments: Sequence[str], places: Places) -> int:
    """Compare the written table with the rows, then ask every cell; fail when any is wrong."""
    options, more = _options(arguments)
    if options.write:
        written = table_step(places, write=True)
        return int(not run_step(written, without_servers(places)).passed)
    with one_run(places) as run:
        outcomes = run.prepared()
        run.servers.environment.update(identity_provider_variables(places, run.servers.environment))
        if not more:
            outcomes.append(run_step(table_step(places), run.servers.environment))
        outcomes.append(run_step(everything_of_the_tables(places, more), run.servers.environment))
        run.keep_logs = not outcomes[-1].passed
    return summary(outcomes)


def _options(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        prog="./infra/bin/authz",
        description="Asks every operation as everybody and compares it with the table of rights.",
        epilog="What else is given goes to pytest: a file, -k, --durations=20.",
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="write tests/authorisation/truth.txt anew from the rows, to be read as a change",
    )
    return parser.parse_known_args(list(arguments))
