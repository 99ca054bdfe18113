"""`./infra/bin/bench NAME ...`: a measurement, on a database kept for the next one."""

import subprocess
import sys
from collections.abc import Sequence

from infra.launcher.catalogues import ensure_catalogues
from infra.launcher.content import ensure_tables
from infra.launcher.frontend import ensure_frontend
from infra.launcher.places import ROOT, Places
from infra.launcher.problems import Problem
from infra.launcher.servers import Home, alone, bring_up, servers_of

# Room for the large fillings; what a real server of this size would be given.
TUNING = {"shared_buffers": "1GB", "max_wal_size": "4GB", "maintenance_work_mem": "256MB"}


def main(arguments: Sequence[str], places: Places) -> int:
    """Run `python -m infra.bench.NAME` with the remaining arguments and return its exit code."""
    known = sorted(path.stem for path in (ROOT / "infra" / "bench").glob("[a-z]*.py"))
    if not arguments or arguments[0] not in known:
        raise Problem(
            f"Say what to measure: {', '.join(known) or 'nothing can be measured yet'}.\n"
            "For example: ./infra/bin/bench lists --quick   (or --json for lines of JSON)"
        )
    name, *rest = arguments
    with alone(places.state / "bench.lock"):
        home = Home.of(places.state)
        home.stop()
        servers = servers_of(places, settings="config.settings.demo", caller={}, tuning=TUNING)
        try:
            bring_up(servers, stays=False)
            ensure_frontend(places, servers.environment)
            ensure_catalogues()
            ensure_tables(servers)
            sys.stdout.flush()
            command = [str(places.python), "-m", f"infra.bench.{name}", *rest]
            return subprocess.run(
                command, env=servers.environment, cwd=ROOT, check=False
            ).returncode
        finally:
            home.stop()
