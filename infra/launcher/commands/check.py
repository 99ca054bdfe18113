"""`./infra/bin/check`: the linters, types, contracts and settings, without the tests."""

from collections.abc import Sequence

from infra.launcher.places import Places
from infra.launcher.problems import Problem
from infra.launcher.runs import one_run
from infra.launcher.steps import run_step, static_steps, summary


def main(arguments: Sequence[str], places: Places) -> int:
    """Run all of them, so that one sees all failures, and fail when any fails."""
    if arguments:
        raise Problem("This command takes no arguments. For some tests: ./infra/bin/test PATH")
    with one_run(places) as run:
        outcomes = run.prepared()
        outcomes += [
            run_step(step, run.servers.environment)
            for step in static_steps(places, run.servers.environment)
        ]
    return summary(outcomes)
