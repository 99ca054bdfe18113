"""`./infra/bin/corpus`: every item of bad input, of which the test command asks a sample."""

from collections.abc import Sequence

from infra.launcher.places import Places
from infra.launcher.runs import one_run
from infra.launcher.steps import every_item_of_the_corpora, run_step


def main(arguments: Sequence[str], places: Places) -> int:
    """Ask them all on servers of their own; what is given goes to pytest. REMPART_SEED repeats."""
    with one_run(places) as run:
        run.prepared()
        outcome = run_step(every_item_of_the_corpora(places, arguments), run.servers.environment)
        run.keep_logs = not outcome.passed
    return int(not outcome.passed)
