"""A session that is idle, over or of an ended seat is nobody's, whichever function is asked."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.support.database import admin
from tests.support.searching import database_name

pytestmark = pytest.mark.database

OF_THE_SESSION = "kernel_session SET {} WHERE token_hash = %(hash)s"
SOON_IDLE = OF_THE_SESSION.format("idle_until = now() + interval '1 minute'")
OF_THE_SEAT = "kernel_seat SET {} WHERE id = %(seat)s"
ENDED = {
    "idle": OF_THE_SESSION.format("idle_until = now()"),
    "over": OF_THE_SESSION.format("expires_at = now()"),
    "of an ended seat": OF_THE_SEAT.format("valid_until = now()"),
    "of a seat to come": OF_THE_SEAT.format("valid_from = now() + interval '1 hour'"),
}
ASKED = {
    "kernel.session_units()": "SELECT kernel.session_units()",
    "kernel.session_cell()": "SELECT kernel.session_cell()",
    "kernel.session_seat()": "SELECT kernel.session_seat()",
    "kernel.session_account()": "SELECT kernel.session_account()",
    "kernel.session_agency()": "SELECT kernel.session_agency()",
    "kernel.session_has(text)": "SELECT kernel.session_has('cell_coordinator')",
    "kernel.session_fresh()": "SELECT kernel.session_fresh()",
    "kernel.session_alive(text)": "SELECT kernel.session_alive(%(token)s)",
    "kernel.session_viewer(text)": "SELECT account_id FROM kernel.session_viewer(%(token)s)",
    "audit.in_session_cell(int, uuid, uuid, uuid)": (
        "SELECT audit.in_session_cell(%(cell)s, %(account)s, %(seat)s, %(agency)s)"
    ),
}
WRITES = {
    "kernel.keep_session(text)": "SELECT kernel.keep_session(%(token)s)",
    "kernel.note_refusal(text)": "SELECT kernel.note_refusal(%(token)s)",
}

BEGINS = {"audit.open_export(uuid,bytea)", "audit.move_export(uuid,int)"}
"""They begin a session of their own and ask about none, or let the one at work go on: of that
tests/audit/desk/test_export_work.py says more."""


@contextmanager
def a_moment(seat) -> Iterator[tuple[psycopg.Connection, dict[str, object]]]:
    """A transaction in which the token is bound, without triggers, undone afterwards."""
    viewer = seat.viewer
    values = {
        "token": viewer.token,
        "seat": viewer.seat_id,
        "cell": viewer.cell_id,
        "account": viewer.account_id,
        "agency": viewer.agency_id,
    }
    with admin(database_name()) as connection, connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL session_replication_role = replica")
        hashed = connection.execute(
            "SELECT sha256(convert_to(%s, 'UTF8')), set_config('app.token', %s, true)",
            [viewer.token, viewer.token],
        ).fetchone()
        yield connection, values | {"hash": hashed[0]}


def answer(connection, question, values):
    found = connection.execute(question, values).fetchone()
    return found[0] if found else None


@pytest.fixture
def seat(world):
    return world.coordinator


def test_a_session_that_runs_is_somebodys(seat):
    with a_moment(seat) as (connection, values):
        for question in ASKED.values():
            assert answer(connection, question, values), question


@pytest.mark.parametrize("ended", ENDED)
def test_an_ended_session_is_nobodys(seat, ended):
    with a_moment(seat) as (connection, values):
        assert connection.execute(f"UPDATE {ENDED[ended]}", values).rowcount == 1
        for question in ASKED.values():
            assert not answer(connection, question, values), question


@pytest.mark.parametrize("ended", ["idle", "over"])
def test_an_ended_session_is_neither_kept_nor_counted(seat, ended):
    kept = "SELECT s::text FROM kernel_session s WHERE token_hash = %(hash)s"
    with a_moment(seat) as (connection, values):
        connection.execute(f"UPDATE {SOON_IDLE}", values)
        connection.execute(f"UPDATE {ENDED[ended]}", values)
        before = answer(connection, kept, values)
        for question in WRITES.values():
            connection.execute(question, values)
            assert answer(connection, kept, values) == before, question


def test_a_session_that_runs_is_kept_and_counted(seat):
    kept = "SELECT s::text FROM kernel_session s WHERE token_hash = %(hash)s"
    with a_moment(seat) as (connection, values):
        connection.execute(f"UPDATE {SOON_IDLE}", values)
        for question in WRITES.values():
            before = answer(connection, kept, values)
            connection.execute(question, values)
            assert answer(connection, kept, values) != before, question


def test_every_question_about_the_session_is_among_these(database):
    with admin(database_name()) as connection:
        found = connection.execute(
            "SELECT p.oid::regprocedure::text FROM pg_proc p"
            " WHERE p.pronamespace IN ('kernel'::regnamespace, 'audit'::regnamespace)"
            " AND p.prosrc ~ '(idle_until|expires_at)'"
        ).fetchall()
    asked = {name.replace(", ", ",") for name in (*ASKED, *WRITES)}
    told = {name.replace("integer", "int") for (name,) in found}
    assert told <= asked | BEGINS, told - asked
