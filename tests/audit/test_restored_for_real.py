"""pg_dump, a new cluster, and the log goes on there: nothing is made up here."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from audit import keys
from audit.leaf import NOBODY
from audit.sealer import CannotSeal, Sealer
from audit.verification import verify
from infra.launcher.places import ROOT
from infra.launcher.postgres import ADMIN, PORT, Postgres, find_binaries
from infra.launcher.unprivileged import home_of_servers, server_user
from infra.postgres.roles import ensure_database, ensure_roles, passwords_from
from tests.audit.working import at_work
from tests.support.database import a_database_apart

pytestmark = pytest.mark.database

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


@pytest.fixture
def binaries() -> Path:
    user = server_user()
    return find_binaries(home_of_servers(ROOT / ".run" / "test", user), user)


@pytest.fixture
def new_cluster(binaries) -> Iterator[Place]:
    """A server that has just been made, with our roles and an empty database."""
    user, folder = server_user(), Path(tempfile.mkdtemp(prefix="rempart-"))
    folder.chmod(0o711)
    sockets = folder / "s"
    user.own_directory(sockets)
    password = os.environ["REMPART_DB_PASSWORD_ADMIN"]
    (folder / "data").parent.chmod(0o711)
    if user.dropped:
        os.chown(folder, user.uid, user.gid)
    server = Postgres(
        *(binaries, folder / "data", sockets, folder / "log", user, password),
        settings={"fsync": "off", "shared_buffers": "16MB", "max_connections": "20"},
    )
    server.ensure_data()
    process = server.start(stays=False)
    try:
        with psycopg.connect(
            host=str(sockets),
            port=PORT,
            user=ADMIN,
            password=password,
            dbname="postgres",
            autocommit=True,
        ) as admin:
            ensure_roles(admin, passwords_from(os.environ))
            ensure_database(admin, NAME)
        yield Place(str(sockets), PORT, NAME)
    finally:
        process.end(signal.SIGINT, 20)
        shutil.rmtree(folder, ignore_errors=True)


def moved(binaries: Path, old: Place, new: Place) -> None:
    """A dump of one, read into the other."""
    environment = os.environ | {"PGPASSWORD": os.environ["REMPART_DB_PASSWORD_ADMIN"]}
    with subprocess.Popen(
        [
            *(binaries / "pg_dump", "-h", old.host, "-p", str(old.port)),
            *("-U", os.environ["REMPART_DB_ADMIN_USER"], old.name),
        ],
        stdout=subprocess.PIPE,
        env=environment,
    ) as dump:
        read = subprocess.run(
            [
                *(binaries / "psql", "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1"),
                *("-h", new.host, "-p", str(new.port), "-U", ADMIN, "-d", new.name),
            ],
            stdin=dump.stdout,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert (dump.returncode, read.returncode) == (0, 0), read.stderr[-500:]


def test_the_log_goes_on_in_a_new_cluster_in_an_epoch_of_its_own(binaries, new_cluster):
    known = settings.DATABASES["default"]
    with a_database_apart(f"moved_{secrets.token_hex(3)}") as name:
        old = Place(known["HOST"], int(known["PORT"] or PORT), name)
        old.write(300)
        assert old.seal(300) == 300
        old.write(4)  # committed, not sealed yet
        moved(binaries, old, new_cluster)
    with pytest.raises(CannotSeal, match="audit_epoch --next"):
        new_cluster.seal()
    with new_cluster.connect("owner") as owner:
        owner.execute("ALTER TABLE audit_entry ALTER epoch SET DEFAULT 2")
    new_cluster.write(3)
    assert new_cluster.seal(7) == 7
    with new_cluster.connect("auditor") as auditor:
        report = verify(auditor, CELL, keys.public_keys())
        assert (report.findings, report.size, report.pending) == ([], 307, 0)
        epochs = auditor.execute(
            "SELECT epoch, count(*) FROM audit_entry GROUP BY epoch ORDER BY epoch"
        ).fetchall()
    assert epochs == [(1, 304), (2, 3)]
