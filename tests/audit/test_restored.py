"""A dump restored into a new cluster: transaction numbers begin again there, the log goes on.

The operator begins a new epoch. These tests have a database of their own, because the epoch
belongs to the table.
"""

import os
import time
from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings

from audit import entries, keys
from audit.leaf import NOBODY, key_of
from audit.sealer import CannotSeal, Sealer
from audit.verification import verify
from tests.audit.working import PATIENCE, at_work
from tests.support.database import admin, fingerprint

CELL = 7
AHEAD = 4_000_000


@pytest.fixture(scope="module")
def restored() -> Iterator[str]:
    """A migrated database of this module's own."""
    name = f"{settings.DATABASES['default']['NAME']}_restored"
    with admin() as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "test_template_{fingerprint()}"')
        yield name
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def connected(name: str, role: str) -> psycopg.Connection:
    database = settings.DATABASES["default"]
    return psycopg.connect(
        host=database["HOST"],
        port=database["PORT"] or None,
        user=f"rempart_{role}",
        password=os.environ[f"REMPART_DB_PASSWORD_{role.upper()}"],
        dbname=name,
        autocommit=True,
    )


def write(name: str, count: int) -> None:
    with connected(name, "worker") as worker:
        for _ in range(count):
            worker.execute(
                "INSERT INTO audit_entry (cell_id, kind, outcome, actor, request, payload)"
                " VALUES (%s, 'trial.opened', 'done', %s, gen_random_uuid(), '{}')",
                [CELL, NOBODY],
            )


def seal(name: str, until: int) -> None:
    with connected(name, "sealer") as connection:
        sealer = at_work(Sealer(connection, keys.signing_key()))
        taken, began = 0, time.monotonic()
        while taken < until:
            assert time.monotonic() - began < PATIENCE, "entries stay unsealed"
            taken += sealer.seal()


def begin_epoch(name: str, epoch: int) -> None:
    with connected(name, "owner") as owner:
        owner.execute(f"ALTER TABLE audit_entry ALTER epoch SET DEFAULT {epoch}")


def test_the_log_goes_on_in_a_new_epoch_and_not_without(restored):
    write(restored, 20)
    seal(restored, 20)
    with admin(restored) as connection:  # four entries that the old cluster had not sealed yet
        connection.execute(
            "INSERT INTO audit_entry (id, xid, cell_id, kind, outcome, actor, request, payload)"
            " OVERRIDING SYSTEM VALUE"
            " SELECT 1000000 + n, (pg_current_xact_id()::text::int8 + %s)::text::xid8, %s,"
            " 'trial.opened', 'done', %s, gen_random_uuid(), '{}' FROM generate_series(1, 4) n",
            [AHEAD, CELL, NOBODY],
        )
    write(restored, 3)
    begin_epoch(restored, 2)
    write(restored, 3)
    seal(restored, 10)
    with connected(restored, "auditor") as connection:
        report = verify(connection, CELL, keys.public_keys())
        assert (report.findings, report.size, report.pending) == ([], 30, 0)
        order = [key_of(leaf) for leaf in entries.leaves(connection, "cell_id = %s", [CELL])]
    assert [key.epoch for key in order] == [1] * 27 + [2] * 3
    assert order[26].xid > order[27].xid

    begin_epoch(restored, 1)
    with pytest.raises(CannotSeal, match="audit_epoch --next"):
        seal(restored, 1)
    begin_epoch(restored, 2)
    with admin(restored) as connection, connection.transaction():
        connection.execute("ALTER TABLE audit_entry DISABLE TRIGGER append_only")
        connection.execute("ALTER TABLE audit_checkpoint DISABLE TRIGGER append_only")
        connection.execute(
            "UPDATE audit_checkpoint SET hi_xid = (hi_xid::text::int8 + %s)::text::xid8"
            " WHERE size = 30",
            [AHEAD],
        )
    with pytest.raises(CannotSeal, match="audit_epoch --next"):
        seal(restored, 1)
