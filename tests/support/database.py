"""Makes the test database: migrated once per set of migrations, then copied for each process."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections

ROOT = Path(__file__).resolve().parents[2]
LOCK = 7_310_001


def admin(database: str = "postgres") -> psycopg.Connection:
    """A superuser connection: to make databases, and to play the hostile administrator."""
    return psycopg.connect(
        host=settings.DATABASES["default"]["HOST"],
        port=settings.DATABASES["default"]["PORT"] or None,
        user=os.environ["REMPART_DB_ADMIN_USER"],
        password=os.environ["REMPART_DB_PASSWORD_ADMIN"],
        dbname=database,
        autocommit=True,
    )


def as_admin(statement: str, *values: Any) -> Any:
    """What the superuser finds in the test database, or how many rows they have changed."""
    with admin(settings.DATABASES["default"]["NAME"]) as connection:
        return _answer(connection.execute(statement, values))


def without_triggers(*statements: str, values: Any = ()) -> Any:
    """The same of the last of these, in one transaction in which no trigger fires."""
    with (
        admin(settings.DATABASES["default"]["NAME"]) as connection,
        connection.transaction(),
    ):
        connection.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            done = connection.execute(statement, values)
        return _answer(done)


def _answer(done: psycopg.Cursor[Any]) -> Any:
    return done.fetchall() if done.description else done.rowcount


def as_role(role: str) -> psycopg.Connection:
    """A bare connection to the test database as one of our roles."""
    database = settings.DATABASES["default"]
    return psycopg.connect(
        host=database["HOST"],
        port=database["PORT"] or None,
        user=f"rempart_{role}",
        password=os.environ[f"REMPART_DB_PASSWORD_{role.upper()}"],
        dbname=database["NAME"],
    )


def fingerprint() -> str:
    """Changes whenever a migration or an operation that migrations use changes."""
    digest = hashlib.sha256()
    sources = [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("platform/*/migrations/*.py")]
    sources += [*ROOT.glob("platform/kernel/rls/*.py"), *ROOT.glob("*/sql/*.py")]
    sources += [ROOT / "referrals" / "states.py", ROOT / "referrals" / "compartments.py"]
    for source in sorted(sources):
        if source.exists():
            digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


def migrated_database() -> None:
    """Make the database that the settings name, as a copy of a migrated template."""
    name = settings.DATABASES["default"]["NAME"]
    template = f"test_template_{fingerprint()}"
    with admin() as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        made = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template])
        if made.fetchone() is None:
            _migrate(connection, name, template)
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER rempart_owner')
        connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


@contextmanager
def a_database_apart(purpose: str) -> Iterator[str]:
    """A migrated database for a test that fills it: no other test has to carry what is in it."""
    own = settings.DATABASES["default"]["NAME"]
    name = f"{own}_{purpose}"
    template = f"test_template_{fingerprint()}"
    with admin() as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER rempart_owner')
        connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        try:
            yield name
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _migrate(connection: psycopg.Connection, name: str, template: str) -> None:
    """Migrate under the process's own name, then keep the result as the template."""
    connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    connection.execute(f'CREATE DATABASE "{name}" OWNER rempart_owner')
    call_command("migrate", verbosity=0)
    connections.close_all()
    for (old,) in connection.execute(
        "SELECT datname FROM pg_database WHERE datname LIKE 'test_template_%'"
    ).fetchall():
        connection.execute(f'DROP DATABASE IF EXISTS "{old}" WITH (FORCE)')
    connection.execute(f'ALTER DATABASE "{name}" RENAME TO "{template}"')
