"""Who sees and writes the rows beside the record, whatever is sent to the database.

Rows of a cell, of somebody else in it and of another cell are laid down by the owner; bare SQL then
finds and writes with a person's token what the policies of the tables alone allow.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
import pytest

from kernel.viewer import Viewer
from tests.audit import seats
from tests.support.database import admin
from tests.support.searching import database_name

pytestmark = pytest.mark.database

CONTROL, EVERYBODY = {"auditor", "dpo"}, None
READERS = {
    "audit_aside": CONTROL | {"cell_admin"},
    "audit_found": CONTROL,
    "audit_found_reach": CONTROL,
    "audit_hold": CONTROL,
    "audit_pruned": CONTROL,
    "audit_purge": CONTROL | {"cell_admin"},
    "audit_review": CONTROL,
    "audit_verified": CONTROL,
    "audit_view": CONTROL,
    "audit_witness": EVERYBODY,
    "audit_cosignature": EVERYBODY,
    "audit_cosigned": EVERYBODY,
}
ROLES = ("auditor", "dpo", "cell_admin", "agency_lead", "cell_coordinator", "agency_partner")
REFUSED = "42501"


class Ground:
    """Two cells, and a seat for every role in the first one."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.here, self.elsewhere = seats.a_cell(), seats.a_cell()
        self.people = {role: seats.a_seat(connection, self.here, role) for role in ROLES}
        self.colleague = seats.a_seat(connection, self.here, "auditor", "agency_lead")


@pytest.fixture(scope="module")
def ground(owner_of_everything) -> Ground:
    return Ground(owner_of_everything)


@contextmanager
def laid_down() -> Iterator[psycopg.Connection]:
    """The owner of the tables, without their triggers; nothing of what is laid down stays."""
    with admin(database_name()) as connection, connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL session_replication_role = replica")
        yield connection


def a_row_of_each(connection: psycopg.Connection, cell: int, viewer: Viewer) -> None:
    """One row in every table, as if this person had written it in this cell."""
    key, given = uuid4(), {"cell": cell, "account": viewer.account_id, "seat": viewer.seat_id}
    for statement in (
        "INSERT INTO audit_aside (id, cell_id, state, reason, copies, proposed_by, proposed_at)"
        " VALUES (%(id)s, %(cell)s, 'withdrawn', 'restored', '{x}', %(account)s, now())",
        "INSERT INTO audit_found (cell_id, day, actor, n, begun)"
        " VALUES (%(cell)s, current_date, %(id)s, 61, current_date)",
        "INSERT INTO audit_found_reach (cell_id, since, many) VALUES (%(cell)s, current_date, 60)",
        "INSERT INTO audit_hold (id, cell_id, scope, reason, placed_by, placed_at)"
        " VALUES (%(id)s, %(cell)s, 'cell', 'judicial', %(account)s, now())",
        "INSERT INTO audit_pruned (cell_id, n, purge_id, mask)"
        " VALUES (%(cell)s, 0, %(id)s, decode(repeat('00', 32), 'hex'))",
        "INSERT INTO audit_purge (id, cell_id, state, months, ordinary_before, control_before,"
        " proposed_by, proposed_at) VALUES (%(id)s, %(cell)s, 'done', 12, now(), now(),"
        " %(account)s, now())",
        "INSERT INTO audit_review (id, cell_id, rule, about, day, conclusion, by_account, by_seat,"
        " n) VALUES (%(id)s, %(cell)s, 'bulk', %(id)s, current_date, 'justified', %(account)s,"
        " %(seat)s, 1)",
        "INSERT INTO audit_verified (cell_id, size, findings) VALUES (%(cell)s, 1, 0)",
        "INSERT INTO audit_view (id, cell_id, account_id, label, query)"
        " VALUES (%(id)s, %(cell)s, %(account)s, %(id)s::text, 'nature=reads')",
        "INSERT INTO audit_witness (id, cell_id, agency_id, name, public, added_by)"
        " VALUES (%(id)s, %(cell)s, %(agency)s, %(id)s::text,"
        " decode(replace(%(id)s::text || gen_random_uuid(), '-', ''), 'hex'), %(account)s)",
        "INSERT INTO audit_cosignature (cell_id, size, witness, at, line)"
        " VALUES (%(cell)s, 1, %(id)s, now(), 'x')",
        "INSERT INTO audit_cosigned (cell_id, size, witness, line)"
        " VALUES (%(cell)s, 1, %(id)s, 'x')",
    ):
        connection.execute(statement, {"id": key, "agency": viewer.agency_id, **given})


@contextmanager
def as_the_pages(connection: psycopg.Connection, viewer: Viewer | None) -> Iterator[None]:
    """The role of the pages with this person's token, or with none."""
    token = viewer.token if viewer else ""
    connection.execute("SELECT set_config('app.token', %s, true)", [token])
    connection.execute("SET LOCAL ROLE rempart_runtime")
    try:
        yield
    finally:
        connection.execute("RESET ROLE")


def said(connection: psycopg.Connection, statement: str, **values: object) -> object:
    """How many rows a statement touches, or the code of what stops it."""
    try:
        with connection.transaction():
            return connection.execute(statement, values).rowcount
    except psycopg.Error as error:
        return error.sqlstate


def test_each_table_is_read_by_those_it_is_for_and_in_their_cell_alone(ground):
    wrong = {}
    for role, viewer in ground.people.items():
        with laid_down() as connection:
            for cell in (ground.here, ground.elsewhere):
                a_row_of_each(connection, cell, viewer)
            with as_the_pages(connection, viewer):
                for table, who in READERS.items():
                    rows = connection.execute(f"SELECT cell_id FROM {table}").fetchall()
                    expected = [ground.here] if who is EVERYBODY or role in who else []
                    if (found := [cell for (cell,) in rows]) != expected:
                        wrong[table, role] = found
    assert wrong == {}


def test_without_a_session_none_of_them_has_a_row(ground):
    with laid_down() as connection:
        a_row_of_each(connection, ground.here, ground.people["auditor"])
        with as_the_pages(connection, None):
            for table in READERS:
                assert connection.execute(f"SELECT FROM {table}").rowcount == 0, table


def test_a_view_is_read_and_forgotten_by_who_keeps_it(ground):
    with laid_down() as connection:
        a_row_of_each(connection, ground.here, ground.colleague)
        with as_the_pages(connection, ground.people["auditor"]):
            assert said(connection, "SELECT FROM audit_view") == 0
            assert said(connection, "DELETE FROM audit_view") == 0
        with as_the_pages(connection, ground.colleague):
            assert said(connection, "DELETE FROM audit_view") == 1


VIEW = (
    "INSERT INTO audit_view (id, cell_id, account_id, label, query)"
    " VALUES (%(id)s, %(cell)s, %(account)s, 'x', 'y')"
)
REVIEW = (
    "INSERT INTO audit_review (id, cell_id, rule, about, day, n, conclusion, by_account, by_seat)"
    " VALUES (%(id)s, %(cell)s, 'bulk', %(about)s, current_date, 1, 'justified', %(account)s,"
    " %(seat)s)"
)
WITNESS = (
    "INSERT INTO audit_witness (id, cell_id, agency_id, name, public, added_by)"
    " VALUES (%(id)s, %(cell)s, %(agency)s, 'x', decode(repeat('00', 32), 'hex'), %(account)s)"
)
MAY_WRITE = {VIEW: CONTROL, REVIEW: CONTROL, WITNESS: {"agency_lead"}}
WRONG = {
    VIEW: ("cell", "account"),
    REVIEW: ("cell", "account", "seat"),
    WITNESS: ("cell", "account", "agency"),
}


def own(viewer: Viewer, cell: int) -> dict[str, object]:
    """What a row says that a person writes in their own name."""
    return {
        "id": uuid4(),
        "cell": cell,
        "about": uuid4(),
        "agency": viewer.agency_id,
        "account": viewer.account_id,
        "seat": viewer.seat_id,
    }


@pytest.mark.parametrize("statement", MAY_WRITE)
def test_a_row_is_written_by_those_who_may_and_in_their_own_name(ground, statement):
    wrong = {name: uuid4() for name in WRONG[statement]} | {"cell": ground.elsewhere}
    for role, viewer in ground.people.items():
        row, may = own(viewer, ground.here), role in MAY_WRITE[statement]
        with laid_down() as connection, as_the_pages(connection, viewer):
            for name in wrong if may else ():
                assert said(connection, statement, **row | {name: wrong[name]}) == REFUSED, name
            assert said(connection, statement, **row) == (1 if may else REFUSED), role


@pytest.mark.parametrize("statement", [REVIEW, WITNESS])
def test_a_row_is_written_with_a_fresh_factor(ground, statement):
    viewer = ground.colleague
    with laid_down() as connection:
        connection.execute(
            "UPDATE kernel_session SET factor_at = now() - interval '1 hour' WHERE seat_id = %s",
            [viewer.seat_id],
        )
        with as_the_pages(connection, viewer):
            assert said(connection, statement, **own(viewer, ground.here)) == REFUSED


def test_a_key_is_withdrawn_by_its_own_agency_and_for_good(ground):
    withdraw = "UPDATE audit_witness SET withdrawn_at = now()"
    with laid_down() as connection:
        a_row_of_each(connection, ground.here, ground.colleague)
        with as_the_pages(connection, ground.people["agency_lead"]):
            assert said(connection, withdraw) == 0
        with as_the_pages(connection, ground.colleague):
            unsaid = "UPDATE audit_witness SET withdrawn_at = NULL"
            assert said(connection, unsaid) == REFUSED
            assert said(connection, withdraw) == 1
            assert said(connection, withdraw) == 0
