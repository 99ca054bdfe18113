"""The selectors of meetings ask of which units and roles somebody is, each by itself.

The session is of somebody at the table, so that the database would show everything; the selectors
are told other units, or a role that does not work on cases. Nor is a meeting there that says that
it is of another cell.
"""

from dataclasses import replace

import pytest

from kernel.errors import NotFound
from kernel.scope import acting_as
from meetings import policies
from meetings.access import visible_meeting
from meetings.selectors import meetings_of, references_of
from tests.meetings.conftest import a_meeting, a_shared_case
from tests.support.walls import said_to_be_elsewhere, without_row_security
from tests.support.world import World

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def table(database):
    """A world with a meeting to which the gendarmerie is asked."""
    made = World()
    made.meeting = a_meeting(made, a_shared_case(made, made.gendarme), made.gendarme)
    return made


OTHERS = {
    "other units": lambda viewer: replace(viewer, units=(0,)),
    "no such role": lambda viewer: replace(viewer, roles=frozenset({"auditor"})),
}


@pytest.mark.parametrize("other", OTHERS)
def test_a_meeting_is_there_for_those_at_its_table(table, other):
    with acting_as(table.gendarme.viewer) as viewer:
        stranger = OTHERS[other](viewer)
        assert visible_meeting(viewer, table.meeting).pk == table.meeting
        assert [one.pk for one in meetings_of(viewer).coming] == [table.meeting]
        assert meetings_of(stranger).coming == []
        with pytest.raises(NotFound):
            visible_meeting(stranger, table.meeting)


def test_a_meeting_of_another_cell_is_not_there(table):
    with (
        without_row_security("meetings_"),
        said_to_be_elsewhere("meetings_meeting", table.cell.pk),
        acting_as(table.gendarme.viewer) as viewer,
    ):
        assert meetings_of(viewer).coming == []
        with pytest.raises(NotFound):
            visible_meeting(viewer, table.meeting)


def test_the_cases_of_an_agenda_are_named_to_the_units_that_read_them(table):
    with acting_as(table.gendarme.viewer) as viewer:
        meeting = visible_meeting(viewer, table.meeting)
        assert len(references_of(viewer, [meeting])[meeting.pk]) == 1
        assert references_of(replace(viewer, units=(0,)), [meeting]) == {meeting.pk: []}


def test_to_sit_is_for_those_who_work_on_cases(table):
    assert policies.can_sit(table.gendarme.viewer)
    for role in ("auditor", "dpo", "cell_admin", "platform_operator"):
        assert not policies.can_sit(replace(table.gendarme.viewer, roles=frozenset({role})))
