"""`./infra/bin/tamper`: a sealed record tampered with at random, and what the verifier notices."""

import subprocess
from collections.abc import Sequence

from infra.launcher.catalogues import ensure_catalogues
from infra.launcher.content import ensure_tables
from infra.launcher.places import ROOT, Places
from infra.launcher.runs import one_run


def main(arguments: Sequence[str], places: Places) -> int:
    """Run the campaign on servers of its own; 1 when something was missed."""
    with one_run(places) as run:
        ensure_catalogues()
        environment = run.servers.environment
        environment["REMPART_TEST_DB"] = environment["REMPART_DB_NAME"]
        ensure_tables(run.servers)
        command = [str(places.python), "-m", "infra.tamper", *arguments]
        return subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode
