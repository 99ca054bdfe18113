"""What is in the database: its tables, and the invented cell of the demo with its people."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.launcher.environment import write_secret
from infra.launcher.places import ROOT
from infra.launcher.problems import Problem, last_lines
from infra.launcher.progress import step
from infra.launcher.servers import Servers
from infra.launcher.stamps import Stamp, fingerprint

PACKAGES = ("agencies", "audit", "meetings", "referrals", "platform")
KINDS = (".py", ".sql", ".csv", ".json")
SKIPPED = ("frontend", "__pycache__")


def ensure_tables(servers: Servers) -> None:
    """Migrate, unless this database was migrated with exactly this code."""
    stamp, wanted = _stamp(servers, "tables")
    if not stamp.is_current(wanted):
        with step("Tables"):
            manage(servers, "migrate", "--no-input")
            stamp.write(wanted)


def ensure_demo(servers: Servers) -> list[dict[str, Any]]:
    """Load the demo's cell, unless it is there, and return its people with their passwords."""
    kept = servers.places.state / "people.json"
    stamp, wanted = _stamp(servers, "demo")
    if not (stamp.is_current(wanted) and kept.exists()):
        with step("Demo people and cases"):
            write_secret(kept, manage(servers, "load_demo", "--json"))
            manage(servers, "load_demo_cases")
            stamp.write(wanted)
    told = json.loads(kept.read_text())
    people: list[dict[str, Any]] = told["people"] if isinstance(told, dict) else told
    return people


def manage(servers: Servers, *arguments: str) -> str:
    """Run one of Django's commands and return what it printed; its errors go to a log."""
    log = servers.places.logs / f"{arguments[0]}.log"
    command = [str(servers.places.python), str(ROOT / "manage.py"), *arguments]
    with open(log, "w") as errors:
        done = subprocess.run(
            command,
            env=servers.environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            check=False,
        )
    if done.returncode:
        raise Problem(
            f"`{arguments[0]}` did not succeed. The last lines of {log}:\n{last_lines(log)}"
        )
    return done.stdout


def _stamp(servers: Servers, name: str) -> tuple[Stamp, str]:
    """Where it is written what this database was filled with, and what that would be now.

    The database's own identity is part of it: an empty one needs everything again. What happens
    to somebody else's server between two starts is unknown, so nothing is skipped there.
    """
    stamp = Stamp(servers.places.state / f"{name}.stamp")
    if servers.postgres is None:
        stamp.forget()
        return stamp, ""
    made = (servers.postgres.data / "PG_VERSION").stat()
    return stamp, fingerprint(_sources(), name, str(made.st_ino), str(made.st_mtime_ns))


def _sources() -> Iterator[Path]:
    for package in PACKAGES:
        for directory, inner, files in os.walk(ROOT / package):
            inner[:] = [name for name in inner if name not in SKIPPED]
            yield from (Path(directory, file) for file in files if file.endswith(KINDS))
