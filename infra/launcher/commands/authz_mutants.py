"""`./infra/bin/authz-mutants`: defects of authorisation, planted one at a time."""

from collections.abc import Sequence

from infra.launcher.places import Places
from infra.launcher.runs import one_run
from infra.launcher.steps import Step, run_step


def main(arguments: Sequence[str], places: Places) -> int:
    """Run the campaign on servers of its own and fail when a defect survives."""
    with one_run(places) as run:
        run.prepared()
        step = Step(
            "defects",
            [places.python, "-m", "tests.authorisation.mutants", *arguments],
            {"REMPART_MUTANTS": str(places.state / "authz-mutants.jsonl")},
        )
        return int(not run_step(step, run.servers.environment).passed)
