"""The part that runs before anything is installed: it makes the environment and moves in."""

import os
import sys

from infra.launcher.interpreter import check_python, ensure_venv
from infra.launcher.places import ROOT, Places
from infra.launcher.problems import Problem, end_like_ctrl_c, explained

COMMANDS = (
    "demo",
    "manage",
    "test",
    "check",
    "bench",
    "authz",
    "authz-mutants",
    "corpus",
    "tamper",
)
# Settings of the caller's own shell that would change what our processes connect to or import.
FOREIGN = ("PG", "DJANGO_", "CELERY_", "UVICORN_", "GUNICORN_", "PYTEST_", "VIRTUAL_ENV", "PYTHON")
KEPT = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")


def main(arguments: list[str]) -> None:
    """Run one command in the virtual environment, made or brought up to date when it has to be."""
    end_like_ctrl_c()
    with explained():
        if not arguments or arguments[0] not in COMMANDS:
            raise Problem(f"Say which command to run: {', '.join(COMMANDS)}.")
        places = Places.of(arguments[0])
        check_python(sys.version_info[:2])
        places.prepare()
        environment = clean_environment(places)
        ensure_venv(places, environment)
        os.execve(
            places.python,
            [str(places.python), "-m", "infra.launcher.second", *arguments],
            environment,
        )


def clean_environment(places: Places) -> dict[str, str]:
    """The caller's environment without what would lead our processes astray."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name in KEPT or not name.startswith(FOREIGN)
    }
    environment["PYTHONPATH"] = os.pathsep.join((str(ROOT), str(ROOT / "platform")))
    environment["PYTHONSAFEPATH"] = "1"
    home = environment.get("HOME", "")
    if not (home and os.access(home, os.W_OK | os.X_OK)):
        own = places.state / "home"
        own.mkdir(mode=0o700, exist_ok=True)
        environment["HOME"] = str(own)
    return environment
