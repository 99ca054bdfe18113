"""What the functions of the database answer when something has just ended and nobody swept it yet.

Each end is written by the superuser into the same transaction, without triggers, and undone; then
the function is asked by the role of the pages with the session of whoever gets something from it
otherwise. An end is exact: at its moment, and not when a worker comes by.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.authorisation.functions import CALLS
from tests.authorisation.test_functions import asked, the_ground
from tests.support.database import admin
from tests.support.searching import database_name

pytestmark = pytest.mark.database

GRANTS = (
    "UPDATE referrals_grant SET valid_until = now() WHERE case_id = %(case)s",
    "UPDATE referrals_share SET expires_at = now() WHERE case_id = %(case)s",
    "UPDATE referrals_case SET recheck_at = now() WHERE id = %(case)s",
    "UPDATE meetings_meeting SET recheck_at = now() WHERE id = %(open)s",
)
MOVED = ("UPDATE meetings_meeting SET cell_id = 0 WHERE id = %(open)s",)
OTHERS = (
    "UPDATE kernel_seat SET valid_until = now() WHERE cell_id = %(cell)s AND id <> %(asking)s",
)
STALE = (
    "UPDATE kernel_session SET factor_at = now() - interval '6 minutes' WHERE seat_id = %(asking)s",
)

WITHOUT_GRANTS = """
    kernel.news meetings.hears meetings.may_decide meetings.may_sit
    meetings.my_level meetings.ring_meeting meetings.still_at_table meetings.units_with_scope
    referrals.edits_document referrals.expect_file referrals.grants_on referrals.hand_over
    referrals.hears referrals.hold_case referrals.level_now referrals.may_append
    referrals.ring_case referrals.scope_now referrals.scope_to_edit referrals.sees_document
    referrals.seat_for referrals.shared_with referrals.still_edits referrals.still_granted
    referrals.units_on_case
"""
WITHOUT_OTHERS = "referrals.recipients_of_unit referrals.seat_for"
WITHOUT_A_FRESH_FACTOR = """
    agencies.accede agencies.add_agency agencies.approve_replacement agencies.confirm_deputy
    agencies.end_agency agencies.end_person agencies.link_replacement agencies.make_token
    agencies.name_deputy referrals.ask_glass
"""


@pytest.fixture(scope="module")
def ground(database):
    made = the_ground()
    made.seats = made.world.everybody()
    return made


@contextmanager
def after(ground, seat, ends=()) -> Iterator[psycopg.Connection]:
    """The role of the pages with this seat's session, in a transaction in which something ended."""
    values = {**ground.names, "asking": seat.viewer.seat_id}
    with admin(database_name()) as connection:
        connection.autocommit = False
        connection.execute("SET LOCAL session_replication_role = replica")
        for end in ends:
            assert connection.execute(end, values).rowcount >= 1, end
        connection.execute("SET LOCAL session_replication_role = origin")
        connection.execute("SELECT set_config('app.token', %s, true)", [seat.viewer.token])
        connection.execute("SET LOCAL ROLE rempart_runtime")
        yield connection
        connection.rollback()


def answer(ground, name, ends=()):
    """What a function says to whoever gets something from it, after these ends."""
    call = CALLS[name]
    seat = ground.world.gendarme_lead if call.by == "gendarme_lead" else ground.seats[call.by]
    with after(ground, seat, ends) as connection:
        return asked(connection, (name, call), ground)


@pytest.mark.parametrize(
    ("ends", "names"),
    [
        (GRANTS, WITHOUT_GRANTS),
        (OTHERS, WITHOUT_OTHERS),
        (STALE, WITHOUT_A_FRESH_FACTOR),
    ],
    ids=["grants", "seats of others", "a fresh factor"],
)
def test_a_function_says_nothing_any_more_from_the_moment_of_an_end(ground, ends, names):
    wrong = {}
    for name in names.split():
        before, afterwards = answer(ground, name), answer(ground, name, ends)
        assert before != afterwards, name
        assert not str(before).startswith("refused"), name
        if afterwards not in ("nothing", "refused 42501"):
            wrong[name] = afterwards
    assert wrong == {}


def test_a_meeting_of_another_cell_is_neither_rung_nor_decided_in(ground):
    asked_of_it = {
        "SELECT meetings.may_decide(%(open)s, %(item)s, %(case)s, %(gendarme_unit)s)": [(False,)],
        "SELECT meetings.ring_meeting('meeting:' || %(open)s, 'changed', NULL)": "42501",
    }
    for question, says in asked_of_it.items():
        for ends, expected in (((), False), (MOVED, True)):
            with after(ground, ground.world.gendarme, ends) as connection:
                try:
                    found = connection.execute(question, ground.names).fetchall()
                except psycopg.Error as error:
                    found = error.sqlstate
            assert (found == says) is expected, (question, found)
