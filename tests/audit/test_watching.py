"""The watch goes through all logs, hour after hour, whatever one of them does to it."""

import io

import psycopg
import pytest
from django.core.management import CommandError, call_command

from audit import log, verification
from tests.audit.working import seal
from tests.support.database import admin
from tests.support.searching import database_name

pytestmark = pytest.mark.database


def verified_at(cell):
    with log.connect("auditor") as connection:
        query = "SELECT max(at) FROM audit_verified WHERE cell_id = %s"
        return log.execute(connection, query, [cell])[0][0]


@pytest.fixture
def two_logs(opened, seat, cell, monkeypatch):
    """This cell's log and the one before it, which are all that there is."""
    other = seat("school_pilot", cell_id=cell - 1)
    opened(2)
    opened(2, by=other)
    seal(cell)
    seal(cell - 1)
    monkeypatch.setattr(log, "known_cells", lambda connection: {cell, cell - 1})


def troubled(monkeypatch, cell, trouble):
    """Verify as ever, but have this trouble with one cell's log."""
    verify = "audit.management.commands.audit_watch.verify"
    whole = verification.verify

    def in_trouble(connection, cell_id, *rest, **options):
        if cell_id == cell:
            trouble(connection)
        return whole(connection, cell_id, *rest, **options)

    monkeypatch.setattr(verify, in_trouble)


def no_memory(connection):
    raise MemoryError


def too_slow(connection):
    with connection.transaction():
        connection.execute("SET LOCAL statement_timeout = 20")
        connection.execute("SELECT pg_sleep(60)")


def is_held(connection):
    with admin(database_name()) as other, other.transaction():
        other.execute("LOCK TABLE audit_verified IN ACCESS EXCLUSIVE MODE")
        with connection.transaction():
            connection.execute("SET LOCAL lock_timeout = 20")
            connection.execute("SELECT count(*) FROM audit_verified")


@pytest.mark.parametrize("trouble", [no_memory, too_slow, is_held])
def test_a_log_that_cannot_be_verified_keeps_no_other_from_it(
    two_logs, cell, monkeypatch, caplog, trouble
):
    """Nor does what the database refuses of one: the next is verified by the same connection."""
    troubled(monkeypatch, cell - 1, trouble)
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 logs could not be verified"):
        call_command("audit_watch", "--once", stdout=out)
    assert out.getvalue().strip() == "1 logs verified."
    assert verified_at(cell) is not None
    assert verified_at(cell - 1) is None
    assert f"The log of cell {cell - 1} could not be verified" in caplog.text


def test_a_connection_that_is_lost_says_nothing_of_a_log(two_logs, cell, monkeypatch, caplog):
    """It is not held against one log after the other: the watch begins again."""

    def lost(connection):
        [(number,)] = log.execute(connection, "SELECT pg_backend_pid()")
        with admin(database_name()) as other:
            other.execute("SELECT pg_terminate_backend(%s, 10000)", [number])

    troubled(monkeypatch, cell - 1, lost)
    with pytest.raises(psycopg.OperationalError):
        call_command("audit_watch", "--once")
    assert "could not be verified" not in caplog.text
    assert (verified_at(cell - 1), verified_at(cell)) == (None, None)
