"""What the database says of meetings from the moment that a right to read a case has ended."""

from types import SimpleNamespace

import pytest

from kernel.scope import acting_as
from meetings.models import AgendaItem
from meetings.services.record_decision import record_decision
from meetings.states import DecisionCode
from tests.meetings.conftest import a_meeting, a_shared_case, opened
from tests.support.moment import NOTHING, answered, moment
from tests.support.world import World, in_days

pytestmark = pytest.mark.database

WITH_SCOPE = "SELECT 'read' WHERE %(police)s = ANY (meetings.units_with_scope(%(case)s))"
DECIDE = "SELECT meetings.may_decide(%(meeting)s, %(item)s, %(case)s, %(gendarmerie)s)"
DRIFT = "SELECT 'drifts' FROM meetings.drift() d WHERE d = %(meeting)s"
OTHERS_RIGHT_ENDS = (
    "UPDATE referrals_grant SET valid_until = now()"
    " WHERE case_id = %(case)s AND unit_id = %(police)s"
)
MEETING_ELSEWHERE = "UPDATE meetings_meeting SET cell_id = cell_id + 1 WHERE id = %(meeting)s"
LISTED = {
    "meeting": "UPDATE meetings_meeting SET viewers = '{{}}', recheck_at = {} WHERE id = {}",
    "point": "UPDATE meetings_agenda_item SET viewers = '{{}}', recheck_at = {}"
    " WHERE meeting_id = {}",
    "decision": "UPDATE meetings_decision SET viewers = '{{}}', recheck_at = {}"
    " WHERE meeting_id = {}",
}


@pytest.fixture(scope="module")
def ground(database: None) -> SimpleNamespace:
    world = World()
    case_id = a_shared_case(world, world.gendarme, world.police)
    meeting_id = opened(world, a_meeting(world, case_id, world.gendarme))
    with acting_as(world.gendarme.viewer) as viewer:
        record_decision(
            viewer,
            meeting_id,
            code=DecisionCode.HEARING,
            text="Entendre les deux élèves",
            due_on=in_days(4),
            owner_accession=None,
        )
        item = AgendaItem.objects.get(meeting_id=meeting_id).pk
    names = {
        "case": case_id,
        "meeting": meeting_id,
        "item": item,
        "police": world.police.accession.unit_id,
        "gendarmerie": world.gendarme.accession.unit_id,
    }
    return SimpleNamespace(token=world.gendarme.viewer.token, names=names)


def says(ground: SimpleNamespace, asks: str, *changes: str, role: str = "rempart_runtime") -> str:
    """What somebody at the table is answered after these changes."""
    with moment(changes, ground.names, token=ground.token, role=role) as connection:
        return answered(connection, asks, ground.names)


def test_whose_right_has_ended_is_not_among_those_to_invite(ground: SimpleNamespace) -> None:
    assert says(ground, WITH_SCOPE) == "read"
    assert says(ground, WITH_SCOPE, OTHERS_RIGHT_ENDS) == NOTHING


def test_nothing_is_decided_in_a_meeting_of_another_cell(ground: SimpleNamespace) -> None:
    assert says(ground, DECIDE) == "True"
    assert says(ground, DECIDE, MEETING_ELSEWHERE) == NOTHING


@pytest.mark.parametrize("what", LISTED)
def test_a_list_is_wrong_until_it_is_due_to_be_asked_anew(
    ground: SimpleNamespace, what: str
) -> None:
    wrong = LISTED[what].format("now() + interval '1 minute'", "%(meeting)s")
    due = LISTED[what].format("now()", "%(meeting)s")
    assert says(ground, DRIFT, role="") == NOTHING
    assert says(ground, DRIFT, wrong, role="") == "drifts"
    assert says(ground, DRIFT, due, role="") == NOTHING
