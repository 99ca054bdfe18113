"""What the policies of a table let in by themselves, where a trigger would refuse as well.

The triggers are off and the role is the one of the pages. A policy is asked before what a column
may hold: a row that it lets in has too little in it and fails of that, one that it refuses does
not come so far.
"""

from types import SimpleNamespace

import psycopg
import pytest

from kernel.ids import uuid7
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.world import Seated, World

pytestmark = pytest.mark.database

REFUSED, LET_IN = "42501", "23502"
ROWS = {
    "agencies_invitation": (
        "INSERT INTO agencies_invitation (id, cell_id, invited_by)"
        " VALUES (%(new)s, %(cell)s, %(account)s)",
        "cell_admin",
        ("coordinator", "gendarme", "pilot", "auditor"),
    ),
    "agencies_role_change": (
        "INSERT INTO agencies_role_change (id, cell_id, proposed_by)"
        " VALUES (%(new)s, %(cell)s, %(account)s)",
        "cell_admin",
        ("coordinator", "gendarme", "pilot", "auditor"),
    ),
    "referrals_request": (
        "INSERT INTO referrals_request (id, cell_id, case_id, from_unit)"
        " VALUES (%(new)s, %(cell)s, %(new)s, %(unit)s)",
        "gendarme",
        ("coordinator", "prosecutor", "pilot", "auditor"),
    ),
    "referrals_share": (
        "INSERT INTO referrals_share (id, cell_id, case_id, from_unit)"
        " VALUES (%(new)s, %(cell)s, %(new)s, %(unit)s)",
        "coordinator",
        ("gendarme", "prosecutor", "pilot", "auditor"),
    ),
}
"""A row that says no more than who makes it, who may make one, and who may not."""


@pytest.fixture(scope="module")
def world(database) -> World:
    made = World()
    for seat in made.everybody().values():
        assert seat.viewer
    return made


def said(seat: Seated | None, statement: str, **values: object) -> object:
    """What the role of the pages gets without triggers: rows, or the code of what stops it."""
    with admin(database_name()) as connection, connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute("INSERT INTO audit_key (n, note) VALUES (1000, 'x')")
        token = seat.viewer.token if seat else ""
        connection.execute("SELECT set_config('app.token', %s, true)", [token])
        connection.execute("SET LOCAL ROLE rempart_runtime")
        try:
            with connection.transaction():
                done = connection.execute(statement, values)
                return done.fetchall() if done.description else done.rowcount
        except psycopg.Error as error:
            return error.sqlstate


def of(seat: Seated, **wrong: object) -> dict[str, object]:
    viewer = seat.viewer
    own = SimpleNamespace(
        new=uuid7(), cell=viewer.cell_id, account=viewer.account_id, unit=max(viewer.units)
    )
    return vars(own) | wrong


@pytest.mark.parametrize("table", ROWS)
def test_a_policy_refuses_a_row_without_its_triggers(world, table):
    statement, by, others = ROWS[table]
    seats = world.everybody()
    seat = seats[by]
    assert said(seat, statement, **of(seat)) == LET_IN
    wrong = {"cell": 0, "account": uuid7(), "unit": 0}
    for name, value in wrong.items():
        if f"%({name})s" in statement:
            assert said(seat, statement, **of(seat, **{name: value})) == REFUSED, name
    for other in others:
        assert said(seats[other], statement, **of(seats[other])) == REFUSED, other
    assert said(None, statement, **of(seat)) == REFUSED


def test_keys_are_read_by_whoever_is_signed_in(world):
    key = "SELECT note FROM audit_key WHERE n = 1000"
    for seat in world.everybody().values():
        assert said(seat, key) == [("x",)]
    assert said(None, key) == []
