"""The watch goes through all logs, hour after hour, whatever one of them does to it."""

import io
import signal

import psycopg
import pytest
from django.core.management import CommandError, call_command

from audit import log, verification
from audit.management.commands import audit_watch
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


def loses_its_connection(connection):
    [(number,)] = log.execute(connection, "SELECT pg_backend_pid()")
    with admin(database_name()) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [number])


def test_behind_a_log_that_closes_its_connection_it_goes_on_with_a_new_one(
    two_logs, cell, monkeypatch, caplog
):
    troubled(monkeypatch, cell - 1, loses_its_connection)
    with pytest.raises(CommandError, match="1 logs could not be verified"):
        call_command("audit_watch", "--once", stdout=io.StringIO())
    assert (verified_at(cell - 1), verified_at(cell) is not None) == (None, True)
    assert f"The log of cell {cell - 1} could not be verified" in caplog.text
    assert f"The log of cell {cell} could" not in caplog.text


def test_a_connection_that_was_lost_once_is_held_against_no_log(
    two_logs, cell, monkeypatch, caplog
):
    once = [loses_its_connection]
    troubled(monkeypatch, cell - 1, lambda connection: once and once.pop()(connection))
    call_command("audit_watch", "--once", stdout=(out := io.StringIO()))
    assert (out.getvalue().strip(), once) == ("2 logs verified.", [])
    assert "could not be verified" not in caplog.text


@pytest.fixture
def asked_to_stop(monkeypatch):
    """Have the watch stop as a signal does; no handler of the process changes."""
    handlers = []
    monkeypatch.setattr(signal, "signal", lambda number, handler: handlers.append(handler))
    monkeypatch.setattr(audit_watch, "LOST", 0.0)
    return lambda: handlers[-1]()


@pytest.mark.parametrize(("interval", "goes_on"), [("60", True), ("0", False)])
def test_a_log_that_takes_the_database_down_keeps_the_others_from_nothing(
    two_logs, cell, monkeypatch, caplog, asked_to_stop, interval, goes_on
):
    """What is out of reach is held against no log, and the same round goes on if it is young."""
    turns, connect = [], log.connect

    def out_of_reach(alias):
        monkeypatch.setattr(log, "connect", connect)
        raise psycopg.OperationalError("the database system is in recovery mode")

    def trouble(connection):
        turns.append(verified_at(cell) is not None)
        if len(turns) > 1:
            asked_to_stop()
            return
        loses_its_connection(connection)
        monkeypatch.setattr(log, "connect", out_of_reach)

    troubled(monkeypatch, cell - 1, trouble)
    call_command("audit_watch", "--interval", interval)
    assert turns == [False, goes_on], "the other one was verified before this one's next turn"
    assert "in recovery mode" in caplog.text
    assert f"The log of cell {cell} could" not in caplog.text


@pytest.mark.parametrize("place", ["which there are", "one of them"])
def test_a_right_that_is_missing_ends_the_watch_and_is_told(
    two_logs, monkeypatch, asked_to_stop, place
):
    """It does not pass by itself, and nobody reads that the database were out of reach."""
    turns = []

    def refused(connection, *_rest):
        turns.append(connection)
        if len(turns) > 1:
            asked_to_stop()
        connection.execute("UPDATE audit_entry SET kind = kind")

    if place == "one of them":
        monkeypatch.setattr(audit_watch, "standing", refused)
    else:
        monkeypatch.setattr(log, "known_cells", refused)
    with pytest.raises(CommandError, match="lacks a right"):
        call_command("audit_watch", "--interval", "0")
    assert len(turns) == 1
