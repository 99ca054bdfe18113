"""Servers for one run of the tests: made for it, shared with nobody, gone afterwards."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from infra.launcher.catalogues import ensure_catalogues
from infra.launcher.frontend import ensure_frontend
from infra.launcher.places import Places
from infra.launcher.postgres import FORGETFUL
from infra.launcher.problems import Problem
from infra.launcher.servers import Home, Servers, bring_up, servers_of
from infra.launcher.steps import Outcome


@dataclass
class Run:
    """One run with its servers. Its logs are kept when somebody has reason to read them."""

    places: Places
    servers: Servers
    keep_logs: bool = False

    def prepared(self) -> list[Outcome]:
        """Build what the checks need; a front end that does not build is a failure among others."""
        ensure_catalogues()
        began = time.monotonic()
        try:
            ensure_frontend(self.places, self.servers.environment)
        except Problem as problem:
            print(f"\n{problem}")
            return [Outcome("front end", False, time.monotonic() - began)]
        return []


@contextmanager
def one_run(places: Places, variables: Mapping[str, str] | None = None) -> Iterator[Run]:
    """Start servers of its own for a run, and remove them with their data when it is over."""
    _sweep(places)
    own = places.of_one_run(str(os.getpid()))
    own.prepare()
    with open(own.state / "run.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        servers = servers_of(own, settings="config.settings.test", caller={}, tuning=FORGETFUL)
        servers.environment.update(variables or {})
        run = Run(places, servers)
        try:
            bring_up(servers, stays=False)
            yield run
        finally:
            if run.keep_logs:
                shutil.rmtree(places.state / "last-logs", ignore_errors=True)
                shutil.copytree(own.logs, places.state / "last-logs")
            _remove(own)


def _sweep(places: Places) -> None:
    """Remove what runs that were killed have left behind."""
    for directory in (places.state / "runs").glob("*"):
        left = places.of_one_run(directory.name)
        with open(directory / "run.lock", "a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            _remove(left)


def _remove(own: Places) -> None:
    home = Home.of(own.state)
    home.erase()
    if home.path.parent != own.state:
        shutil.rmtree(home.path, ignore_errors=True)
    shutil.rmtree(own.state, ignore_errors=True)
