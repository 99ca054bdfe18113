"""Whoever is killed while people act: no gap, no fork, no entry without its act, no act without it.

A cluster of its own, because PostgreSQL is killed as well.
"""

import os
import secrets
import subprocess
import sys
from contextlib import ExitStack
from uuid import UUID

import pytest
from django.conf import settings
from psycopg import IsolationLevel

from audit import checkpoint, keys, log
from audit.verification import verify
from infra.launcher.places import ROOT
from infra.launcher.postgres import PORT
from tests.audit.clusters import CELL, Place, a_cluster, moved
from tests.support.database import a_database_apart
from tests.support.server import wait_for

MORE = 25
"""So many acts between two deaths."""


@pytest.fixture
def cluster():
    """A server of its own with our tables, and one more for the acts of this test."""
    known = settings.DATABASES["default"]
    with a_cluster() as made:
        with a_database_apart(f"killed_{secrets.token_hex(3)}") as name:
            moved(Place(known["HOST"], int(known["PORT"] or PORT), name), made.place)
        with made.admin(made.place.name) as admin:
            admin.execute("CREATE TABLE act (id uuid PRIMARY KEY)")
            admin.execute("GRANT INSERT ON act TO rempart_worker")
        yield made


class Processes:
    """Two that act and the sealer, each started again when it has died."""

    def __init__(self, place: Place, folder) -> None:
        self.place, self.folder = place, folder
        self.alive: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        for name in ("page", "worker", "sealer"):
            if name not in self.alive:
                self.alive[name] = self._started(name)

    def kill(self, *names: str) -> None:
        for name in names or tuple(self.alive):
            process = self.alive.pop(name)
            process.kill()
            process.wait()

    def acknowledged(self) -> set[UUID]:
        written = "".join(file.read_text() for file in self.folder.glob("acts-*"))
        return {UUID(line) for line in written.splitlines() if len(line) == len(str(UUID(int=0)))}

    def _started(self, name: str) -> subprocess.Popen[bytes]:
        place = self.place
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "REMPART_DB_HOST": place.host,
            "REMPART_DB_PORT": str(place.port),
            "REMPART_TEST_DB": place.name,
        }
        command = [sys.executable, str(ROOT / "manage.py"), "audit_seal", "--interval", "0.02"]
        output = subprocess.DEVNULL
        with ExitStack() as stack:
            if name != "sealer":
                where = (place.host, str(place.port), place.name, str(CELL))
                command = [sys.executable, "-m", "tests.audit.appending", *where]
                output = stack.enter_context(open(self.folder / f"acts-{name}", "a"))
            return subprocess.Popen(
                command, env=environment, cwd=ROOT, stdout=output, stderr=subprocess.DEVNULL
            )


def test_killing_whoever_it_is_leaves_a_whole_record(cluster, tmp_path):
    processes, kept = Processes(cluster.place, tmp_path), []
    deaths = [
        lambda: processes.kill("page", "worker"),
        lambda: processes.kill("sealer"),
        cluster.crash,
    ]
    try:
        for death in deaths:
            processes.start()
            done, sealed = len(processes.acknowledged()), newest(cluster)
            until(lambda done=done: len(processes.acknowledged()) >= done + MORE)
            until(lambda sealed=sealed: newest(cluster) != sealed)
            kept.append(newest(cluster))
            death()
            if not cluster.process.alive():
                cluster.start()
        processes.start()
        done = len(processes.acknowledged())
        until(lambda: len(processes.acknowledged()) >= done + MORE)
    finally:
        processes.kill()
    with cluster.admin(cluster.place.name) as admin:
        # What a dead process had asked for is done to its end or not at all, a moment later.
        until(lambda: nobody_is_left(admin))
        admin.isolation_level = IsolationLevel.REPEATABLE_READ
        with admin.transaction():
            acts = {act for (act,) in admin.execute("SELECT id FROM act")}
            requests = [request for (request,) in admin.execute("SELECT request FROM audit_entry")]
    assert processes.acknowledged() <= acts, "what was acknowledged is gone"
    assert sorted(requests) == sorted(acts), "an act without its entry, or an entry without its act"
    sealed = newest(cluster)
    unsealed = len(acts) - (sealed.size if sealed else 0)
    if unsealed:
        cluster.place.seal(unsealed)
    with cluster.place.connect("auditor") as auditor:
        report = verify(auditor, CELL, keys.public_keys(), against=kept)
    assert (report.findings, report.pending) == ([], 0)
    assert report.size == report.entries == len(acts)


def until(condition):
    """Wait for it."""
    wait_for(condition, within=60, what="nobody goes on after a death")


def nobody_is_left(admin):
    """Whether every connection of the dead has ended."""
    left = "SELECT FROM pg_stat_activity WHERE usename IN ('rempart_worker', 'rempart_sealer')"
    return not admin.execute(left).fetchall()


def newest(cluster):
    """What the newest checkpoint says."""
    with cluster.place.connect("auditor") as auditor:
        stored = log.last_checkpoint(auditor, CELL)
    return checkpoint.read(stored.note, keys.public_keys()) if stored else None
