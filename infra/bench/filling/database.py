"""The database itself: made, migrated, and marked with what it was filled with."""

import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from infra.bench.filling.plan import Plan
from infra.launcher.places import ROOT
from infra.launcher.problems import Problem
from infra.postgres.roles import ensure_database

FRESH = 7 * 86_400
"""After that many seconds too many of the shares have run out: it is filled again."""


def place(name: str) -> dict[str, Any]:
    """Where a database is, in the words of libpq."""
    return {
        "host": os.environ["REMPART_DB_HOST"],
        "port": os.environ.get("REMPART_DB_PORT", "5432"),
        "sslmode": os.environ.get("REMPART_DB_SSLMODE", "prefer"),
        "dbname": name,
    }


def admin(name: str = "postgres") -> psycopg.Connection:
    """A superuser's connection in autocommit: bulk filling is nobody else's right."""
    try:
        return psycopg.connect(
            **place(name),
            user=os.environ["REMPART_DB_ADMIN_USER"],
            password=os.environ["REMPART_DB_PASSWORD_ADMIN"],
            connect_timeout=5,
            autocommit=True,
        )
    except KeyError as missing:
        raise Problem(f"{missing.args[0]} is not set. Run ./infra/bin/bench.") from None


def filled_seconds(plan: Plan) -> float | None:
    """How long the filling took, if the database is there with exactly this in it."""
    with admin() as connection:
        row = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            [plan.database],
        ).fetchone()
    try:
        mark = json.loads(row[0]) if row and row[0] else {}
    except ValueError:
        return None
    if mark.get("filled") != _parameters(plan) or time.time() - mark["at"] > FRESH:
        return None
    return float(mark["seconds"])


def make(plan: Plan) -> None:
    """An empty database with every table, in the place of the one that may be there."""
    drop(plan)
    with admin() as connection:
        ensure_database(connection, plan.database)
    environment = os.environ | {
        "REMPART_DB_NAME": plan.database,
        "DJANGO_SETTINGS_MODULE": "config.settings.demo",
    }
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "migrate", "--no-input", "-v", "0"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Problem(f"The tables could not be made:\n{done.stderr[-2000:]}")


def drop(plan: Plan) -> None:
    """Remove the database, whoever looks at it."""
    with admin() as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(plan.database))
        )


def mark(plan: Plan, seconds: float) -> None:
    """Write on the database what is in it, as the very last step of filling."""
    text = json.dumps({"filled": _parameters(plan), "at": time.time(), "seconds": round(seconds)})
    with admin() as connection:
        connection.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                sql.Identifier(plan.database), sql.Literal(text)
            )
        )


def _parameters(plan: Plan) -> str:
    return plan.parameters(_code(), _keys())


def _code() -> str:
    """Changes with the tables and with the way they are filled."""
    digest = hashlib.sha256()
    sources = [*ROOT.glob("*/migrations/*.py"), *ROOT.glob("platform/*/migrations/*.py")]
    sources += [*ROOT.glob("platform/kernel/rls/*.py"), *Path(__file__).parent.glob("*.py")]
    sources += [ROOT / "referrals" / "states.py", ROOT / "referrals" / "compartments.py"]
    for source in sorted(sources):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _keys() -> str:
    """Changes with the key that the contents are sealed under; says nothing of it."""
    key = Path(os.environ["REMPART_ROOT_KEY_FILE"]).read_bytes()
    return hmac.new(key, b"bench", hashlib.sha256).hexdigest()[:16]
