"""`./infra/bin/manage COMMAND ...`: Django's commands on the embedded database."""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from infra.launcher.catalogues import ensure_catalogues
from infra.launcher.places import ROOT, Places
from infra.launcher.servers import bring_up, servers_of


def main(arguments: Sequence[str], places: Places) -> NoReturn:
    """Become the command. The servers stay up afterwards; `./infra/bin/demo --stop` ends them."""
    servers = servers_of(places, settings="config.settings.demo")
    bring_up(servers, stays=True)
    ensure_catalogues()
    places.bundle.mkdir(exist_ok=True)
    sys.stdout.flush()
    command = [str(places.python), str(ROOT / "manage.py"), *arguments]
    os.execve(places.python, command, servers.environment)
