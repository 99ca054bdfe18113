"""What no page may write, and what is found again when it was written all the same."""

import pytest

from kernel.scope import acting_as
from referrals.casework.services.add_measure import add_measure
from referrals.compartments import Compartment
from referrals.follow_up.services.give_feedback import give_feedback
from referrals.keeping.rotate_case import rotate_case
from referrals.models.access import Level
from referrals.models.history import FeedbackCode, MeasureKind
from referrals.sharing.audience import audience_of
from referrals.sharing.explaining import explain
from tests.referrals.documents.test_copies import copied, taken
from tests.support.database import admin
from tests.support.documents import a_document, a_pdf
from tests.support.searching import database_name
from tests.support.walls import injected, refusal
from tests.support.world import World, in_days

pytestmark = pytest.mark.database
C = Compartment
CHECKED, FORBIDDEN = "23514", "42501"


@pytest.fixture(scope="module")
def ground(database):
    """A case with a row in every table that is read by grants, contributed to by a partner."""
    world = World()
    case_id = world.activated()
    world.shared(case_id, world.gendarme, C.FACTS, level=Level.CONTRIBUTE, include_future=True)
    with acting_as(world.coordinator.viewer) as viewer:
        add_measure(
            viewer,
            case_id,
            kind=MeasureKind.SUPERVISION,
            owner_accession=world.gendarme.accession_id,
            due_on=in_days(7),
        )
        give_feedback(viewer, case_id, code=FeedbackCode.TAKEN)
    document_id = a_document(world.pilot, case_id, content=a_pdf("Nina Alba"))
    return world, case_id, document_id


def test_the_key_of_a_file_is_nobodys_to_write_and_still_replaced_with_the_cases(ground):
    world, case_id, document_id = ground
    for seat in (world.pilot, world.gendarme, world.coordinator):
        for change in ("file_key = '\\x00'", "file_key = '\\x00', state = 'destroyed'"):
            with injected(seat) as connection:
                text = f"UPDATE referrals_document SET {change} WHERE id = '{document_id}'"
                assert refusal(connection, text) == FORBIDDEN, (seat.roles, change)
    # Who may destroy it, and never without an entry: test_destroying.
    with injected(world.gendarme) as connection:
        text = f"UPDATE referrals_document SET state = 'destroyed' WHERE id = '{document_id}'"
        assert refusal(connection, text) == FORBIDDEN
    with admin(database_name()) as connection, connection.transaction(force_rollback=True):
        connection.execute("GRANT UPDATE (file_key) ON referrals_document TO rempart_runtime")
        connection.execute("SELECT set_config('app.token', %s, true)", [world.pilot.viewer.token])
        connection.execute("SET LOCAL ROLE rempart_runtime")
        text = "UPDATE referrals_document SET file_key = '\\x00' WHERE id = %s"
        with pytest.raises(Exception, match="the key of a file stays"):
            connection.execute(text, [document_id])
    assert rotate_case(case_id) > 0
    assert taken(world.gendarme, document_id).status_code == 200
    copied(world.coordinator, document_id, world.gendarme)
    copied(world.coordinator, document_id, world.gendarme)


PLANTED = [
    (table, change)
    for table in ("case", "case_key", "compartment", "party", "measure", "feedback", "milestone")
    for change in ("viewers = viewers || 7", "editors = editors || 7", "recheck_at = '9998-01-01'")
] + [("document", "editors = editors || 7"), ("document", "recheck_at = '9998-01-01'")]


def test_a_row_that_says_something_else_than_the_grants_is_found(ground):
    """In every table, in every column that the policies read."""
    _world, case_id, _document = ground
    found = "SELECT count(*) FROM referrals.drift() d WHERE d = %s"
    with admin(database_name()) as connection:
        assert connection.execute(found, [case_id]).fetchone() == (0,)
        for table, change in PLANTED:
            key = "id" if table == "case" else "case_id"
            with connection.transaction(force_rollback=True):
                connection.execute("SET LOCAL session_replication_role = replica")
                planted = connection.execute(
                    f"UPDATE referrals_{table} SET {change} WHERE {key} = %s", [case_id]
                )
                assert planted.rowcount, table
                assert connection.execute(found, [case_id]).fetchone() == (1,), (table, change)


def test_a_case_begins_undestroyed(ground):
    world, _case_id, _document = ground
    new = (
        "INSERT INTO referrals_case (id, cell_id, state, urgency, danger, outcome, school_id,"
        " school_uai, school_name, school_type, school_commune, owner_unit, created_by,"
        " created_at, version, viewers, editors, recheck_at, shredded_at) SELECT"
        " gen_random_uuid(), kernel.session_cell(), 'draft', '', false, '',"
        " kernel.session_agency(), '0', 'x', 'x', 'x', %s, kernel.session_seat(), now(), 1,"
        " '{}', '{}', now(), now() RETURNING shredded_at"
    )
    with injected(world.pilot) as connection:
        made = connection.execute(new, [world.pilot.accession.unit_id]).fetchone()
    assert made == (None,)


def test_looking_at_who_sees_what_is_on_record(ground):
    """By name: without these kinds in the log nobody could say who asked about whom."""
    world, case_id, _document = ground
    offer = world.proposed(case_id, world.police)
    assert world.coordinator.browser.get(f"/partages/{offer}/apercu/").status_code == 200
    with acting_as(world.coordinator.viewer) as viewer:
        audience_of(viewer, case_id)
        explain(viewer, case_id, world.gendarme.viewer.seat_id)
    with admin(database_name()) as connection:
        kinds = connection.execute(
            "SELECT kind, count(*) FROM audit_entry WHERE case_id = %s AND actor = %s"
            " AND outcome = 'done' AND kind = ANY (%s) GROUP BY kind",
            [
                case_id,
                world.coordinator.viewer.account_id,
                ["share.previewed", "case.readers_read", "access.explained"],
            ],
        ).fetchall()
    assert dict(kinds) == {"share.previewed": 1, "case.readers_read": 1, "access.explained": 1}
