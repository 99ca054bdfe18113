"""A new epoch and the entry that says so: both, or neither, whoever is killed between them."""

import os
import secrets
import subprocess
import sys

import pytest
from psycopg.errors import InsufficientPrivilege

from infra.launcher.places import ROOT
from tests.support.database import a_database_apart, admin
from tests.support.server import wait_for

pytestmark = pytest.mark.database

BEGIN = [sys.executable, str(ROOT / "manage.py"), "audit_epoch", "--next"]
ENTRIES = "SELECT epoch, kind, cell_id FROM audit_entry WHERE kind = 'audit.epoch_begun'"
AT_THE_ENTRY = (
    "SELECT FROM pg_locks WHERE relation = 'audit_entry_id_seq'::regclass AND NOT granted"
)
AT_THE_TABLE = (
    "SELECT FROM pg_locks WHERE relation = 'audit_entry'::regclass AND NOT granted AND database"
    " = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
OTHERS = (
    "SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND usename IN ('rempart_owner', 'rempart_operator')"
)


@pytest.fixture
def place(database):
    """A database of its own, and its administrator."""
    with a_database_apart(f"epoch_{secrets.token_hex(3)}") as name, admin(name) as connection:
        yield name, connection


def started(name: str) -> subprocess.Popen[str]:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "REMPART_TEST_DB": name,
    }
    return subprocess.Popen(BEGIN, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def until(name, condition) -> None:
    """Wait for what somebody else sees there."""
    with admin(name) as watch:
        wait_for(lambda: condition(watch), within=180, what="the command is elsewhere")


def test_whoever_is_killed_before_the_entry_has_begun_no_epoch(place):
    name, owner = place
    with owner.transaction(force_rollback=True):
        # No entry gets a number meanwhile: the command has begun the epoch, and waits for its own.
        owner.execute("ALTER SEQUENCE audit_entry_id_seq CACHE 1")
        command = started(name)
        try:
            until(name, lambda watch: watch.execute(AT_THE_ENTRY).fetchall())
        finally:
            command.kill()
            command.communicate()
    until(name, lambda watch: not watch.execute(OTHERS).fetchall())
    assert owner.execute(ENTRIES).fetchall() == []
    # The first epoch has not ended: the next one is the second.
    assert started(name).communicate()[0] == "Epoch 2.\n"
    assert owner.execute(ENTRIES).fetchall() == [(2, "audit.epoch_begun", 0)]


def test_two_at_once_begin_two_epochs(place):
    name, owner = place
    with owner.transaction():
        # Somebody else is at it, and has not committed.
        owner.execute("ALTER TABLE audit_entry ALTER epoch SET DEFAULT 2")
        command = started(name)
        until(name, lambda watch: watch.execute(AT_THE_TABLE).fetchall())
    assert command.communicate()[0] == "Epoch 3.\n"


def test_the_owner_of_the_tables_writes_no_other_entry(place):
    _name, owner = place
    written = (
        "INSERT INTO audit_entry (cell_id, kind, outcome, actor, request, payload)"
        " VALUES (0, %s, 'done', %s, gen_random_uuid(), '{}')"
    )
    nobody, somebody = "0" * 32, "1" * 32
    for kind, actor in (("case.read", nobody), ("audit.epoch_begun", somebody)):
        with owner.transaction(force_rollback=True):
            owner.execute("SET LOCAL ROLE rempart_owner")
            with pytest.raises(InsufficientPrivilege):
                owner.execute(written, [kind, actor])
