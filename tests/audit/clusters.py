"""Database clusters of a test's own: made, filled from a dump, taken down whenever it likes."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from audit import keys
from audit.leaf import NOBODY
from audit.sealer import Sealer
from infra.launcher.places import ROOT
from infra.launcher.postgres import ADMIN, PORT, Postgres, find_binaries
from infra.launcher.processes import Process
from infra.launcher.unprivileged import home_of_servers, server_user
from infra.postgres.roles import ensure_database, ensure_roles, passwords_from
from tests.audit.working import at_work

CELL = 7
NAME = "rempart"
PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Place:
    """A database somewhere, as each of its roles reaches it."""

    host: str
    port: int
    name: str

    def connect(self, role: str) -> psycopg.Connection:
        return psycopg.connect(
            host=self.host,
            port=self.port,
            user=f"rempart_{role}",
            password=os.environ[f"REMPART_DB_PASSWORD_{role.upper()}"],
            dbname=self.name,
            autocommit=True,
        )

    def write(self, count: int) -> None:
        with self.connect("worker") as worker:
            for _ in range(count):
                worker.execute(
                    "INSERT INTO audit_entry (cell_id, kind, outcome, actor, request, payload)"
                    " VALUES (%s, 'trial.opened', 'done', %s, gen_random_uuid(), '{}')",
                    [CELL, NOBODY],
                )

    def seal(self, count: int = 1) -> int:
        """Seal so many: what others in the cluster have open holds the newest ones back."""
        with self.connect("sealer") as connection:
            sealer = at_work(Sealer(connection, keys.signing_key()))
            taken, began = 0, time.monotonic()
            while taken < count:
                taken += sealer.seal()
                time.sleep(0.02)
                assert time.monotonic() - began < PATIENCE, f"{taken} of {count} are sealed"
        return taken


def binaries() -> Path:
    """The programs of the server, where it may run them."""
    user = server_user()
    return find_binaries(home_of_servers(ROOT / ".run" / "test", user), user)


@dataclass
class Cluster:
    """A server of its own, and how its database is reached."""

    server: Postgres
    process: Process
    place: Place

    def admin(self, name: str = "postgres") -> psycopg.Connection:
        """A superuser's connection in autocommit."""
        return psycopg.connect(
            host=self.place.host,
            port=PORT,
            user=ADMIN,
            password=self.server.password,
            dbname=name,
            autocommit=True,
        )

    def crash(self) -> None:
        """As ``pg_ctl stop -m immediate``: no word to anybody, nothing written down."""
        self.process.end(signal.SIGQUIT, 20)

    def start(self) -> None:
        """Up again; it recovers from what it has logged."""
        self.process = self.server.start(stays=False)


@contextmanager
def a_cluster() -> Iterator[Cluster]:
    """A server that has just been made, with our roles and an empty database."""
    user, folder = server_user(), Path(tempfile.mkdtemp(prefix="rempart-"))
    folder.chmod(0o711)
    sockets = folder / "s"
    user.own_directory(sockets)
    if user.dropped:
        os.chown(folder, user.uid, user.gid)
    server = Postgres(
        *(binaries(), folder / "data", sockets, folder / "log", user),
        os.environ["REMPART_DB_PASSWORD_ADMIN"],
        settings={"fsync": "off", "shared_buffers": "16MB", "max_connections": "20"},
    )
    server.ensure_data()
    place = Place(str(sockets), PORT, NAME)
    cluster = Cluster(server, server.start(stays=False), place)
    try:
        with cluster.admin() as admin:
            ensure_roles(admin, passwords_from(os.environ))
            ensure_database(admin, NAME)
        yield cluster
    finally:
        cluster.process.end(signal.SIGINT, 20)
        shutil.rmtree(folder, ignore_errors=True)


def moved(old: Place, new: Place) -> None:
    """A dump of one, read into the other."""
    environment = os.environ | {"PGPASSWORD": os.environ["REMPART_DB_PASSWORD_ADMIN"]}
    with subprocess.Popen(
        [
            *(binaries() / "pg_dump", "-h", old.host, "-p", str(old.port)),
            *("-U", os.environ["REMPART_DB_ADMIN_USER"], old.name),
        ],
        stdout=subprocess.PIPE,
        env=environment,
    ) as dump:
        read = subprocess.run(
            [
                *(binaries() / "psql", "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1"),
                *("-h", new.host, "-p", str(new.port), "-U", ADMIN, "-d", new.name),
            ],
            stdin=dump.stdout,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert (dump.returncode, read.returncode) == (0, 0), read.stderr[-500:]
