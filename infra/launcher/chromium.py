"""Finds a Chromium for the browser tests, and installs Debian's where that may be done."""

import os
import shutil
import subprocess
from pathlib import Path

from infra.launcher.places import Places
from infra.launcher.progress import step

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium_variables(places: Places, *, may_install: bool) -> dict[str, str]:
    """REMPART_CHROMIUM with its path, or REMPART_NO_BROWSER with the reason why there is none."""
    refused = os.environ.get("REMPART_NO_BROWSER", "")
    if refused:
        return {"REMPART_NO_BROWSER": "REMPART_NO_BROWSER is set"}
    given = os.environ.get("REMPART_CHROMIUM", "")
    found = given if given and os.access(given, os.X_OK) else _found()
    if found is None and may_install and _may_install():
        _install(places)
        found = _found()
    if found is not None:
        return {"REMPART_CHROMIUM": found}
    return {
        "REMPART_NO_BROWSER": "no Chromium on this machine (Debian, as root: "
        "apt-get install chromium; elsewhere name one in REMPART_CHROMIUM)"
    }


def _found() -> str | None:
    return next((path for path in map(shutil.which, NAMES) if path is not None), None)


def _may_install() -> bool:
    return (
        os.geteuid() == 0
        and shutil.which("apt-get") is not None
        and Path("/etc/debian_version").exists()
    )


def _install(places: Places) -> None:
    """Ask apt; a refusal is in the log, and the tests then say that they ran without a browser."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with step("Chromium from Debian"), open(places.logs / "apt.log", "wb") as output:
        for arguments in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
            subprocess.run(
                ["apt-get", *arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
