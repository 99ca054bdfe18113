"""Whom an act concerns: its people are told and its rooms are rung, and nobody else's."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import ProgrammingError

from agencies.services.end_membership import end_membership
from kernel.clock import now
from kernel.live import announce
from kernel.live.announce import last_seq
from kernel.scope import acting_as
from meetings.services.convene import convene
from referrals import partners
from referrals.models.share import RefusalReason
from referrals.sharing.services import answer
from tests.agencies.factories import OPERATOR, a_person
from tests.support.database import admin, as_role
from tests.support.searching import database_name
from tests.support.walls import injected, refusal
from tests.support.world import World, in_days

pytestmark = pytest.mark.database

FORBIDDEN, CHECKED, RUNG = "42501", "23514", "1 rows"


@pytest.fixture(scope="module")
def ground(database):
    """A case that the gendarmerie reads and meets about, and a share offered to the police."""
    world = World()
    assert all(seat.viewer for seat in world.everybody().values())
    case_id = world.activated()
    world.shared(case_id, world.gendarme)
    with acting_as(world.coordinator.viewer) as viewer:
        meeting = convene(
            viewer,
            case_id,
            starts_at=now() + timedelta(hours=1),
            agencies=[world.gendarme.accession_id],
        ).pk
    with admin(database_name()) as connection:
        (coordination,) = connection.execute(
            "SELECT coordination_unit_id FROM agencies_cell WHERE id = %s", [world.cell.pk]
        ).fetchone()
    rooms = {
        "case": f"case:{case_id}",
        "meeting": f"meeting:{meeting}",
        "coordination": f"unit:{coordination}",
        "gendarmerie": f"unit:{world.gendarme.accession.unit_id}",
        "school": f"unit:{world.pilot.accession.unit_id}",
        "police": f"unit:{world.police.accession.unit_id}",
    }
    return SimpleNamespace(world=world, case=case_id, coordination=coordination, rooms=rooms)


def test_a_unit_is_told_by_whom_it_has_something_in_common_with(ground):
    world = ground.world
    gendarmerie = world.gendarme.accession.unit_id
    told = {world.gendarme.person.account_id}
    for who, unit, accounts in [
        ("coordinator", gendarmerie, told),
        ("coordinator", world.police.accession.unit_id, {world.police.person.account_id}),
        ("prosecutor", world.police.accession.unit_id, {world.police.person.account_id}),
        ("pilot", gendarmerie, told),
        ("pilot", ground.coordination, {world.coordinator.person.account_id}),
        ("police", ground.coordination, {world.coordinator.person.account_id}),
        ("police", gendarmerie, set()),
        ("other_pilot", gendarmerie, set()),
        ("auditor", ground.coordination, set()),
        ("cell_admin", ground.coordination, set()),
    ]:
        with acting_as(world.everybody()[who].viewer) as viewer:
            assert partners.recipients_for_units(viewer, {unit}) == accounts, (who, unit)


def test_only_who_is_there_now_and_in_this_cell_is_told(ground, elsewhere):
    world = ground.world
    second = a_person(world.police.accession)
    police, foreign = world.police.accession.unit_id, elsewhere.police.accession.unit_id
    assert elsewhere.police.viewer
    both = {world.police.person.account_id, second.account_id}
    with acting_as(world.coordinator.viewer) as viewer:
        assert partners.recipients_for_units(viewer, {police, foreign}) == both
    end_membership(OPERATOR, membership_id=second.seat_id)
    with acting_as(world.coordinator.viewer) as viewer:
        assert partners.recipients_for_units(viewer, {police}) == {world.police.person.account_id}
    with as_role("runtime") as connection:
        unbound = connection.execute("SELECT referrals.recipients_of_unit(%s)", [police])
        assert unbound.fetchall() == []


HEARD = [
    ("gendarme", "case", RUNG),
    ("gendarme", "meeting", RUNG),
    ("gendarme", "coordination", RUNG),
    ("gendarme", "school", RUNG),
    ("gendarme", "gendarmerie", RUNG),
    ("gendarme", "police", FORBIDDEN),
    ("pilot", "case", RUNG),
    ("pilot", "meeting", FORBIDDEN),
    ("coordinator", "police", RUNG),
    ("prosecutor", "police", RUNG),
    ("police", "case", FORBIDDEN),
    ("police", "meeting", FORBIDDEN),
    ("police", "school", FORBIDDEN),
    ("other_pilot", "school", FORBIDDEN),
    ("auditor", "case", FORBIDDEN),
    ("auditor", "coordination", RUNG),
    ("cell_admin", "gendarmerie", FORBIDDEN),
]


@pytest.mark.parametrize(("who", "room", "answers"), HEARD)
def test_a_room_is_rung_by_those_whose_acts_concern_it(ground, who, room, answers):
    name = ground.rooms[room]
    kind = {"case": "referrals.ring_case", "meeting": "meetings.ring_meeting"}
    function = kind.get(room, "referrals.ring_unit")
    with injected(ground.world.everybody()[who]) as connection:
        call = f"SELECT {function}(%s, 'changed', NULL)"
        assert refusal(connection, call, name) == answers
        assert refusal(connection, call, f"{name} ") == FORBIDDEN
        text = f"SELECT {function}(%s, 'Alba est en 5e B', NULL)"
        assert refusal(connection, text, name) == (CHECKED if answers == RUNG else FORBIDDEN)
        assert refusal(connection, "SELECT kernel.ring(%s, 'changed', NULL)", name) == FORBIDDEN


def test_no_room_is_rung_from_another_cell(ground, elsewhere):
    with injected(elsewhere.coordinator) as connection:
        for room, name in ground.rooms.items():
            for function in ("referrals.ring_case", "referrals.ring_unit", "meetings.ring_meeting"):
                call = f"SELECT {function}(%s, 'changed', NULL)"
                assert refusal(connection, call, name) == FORBIDDEN, (room, function)


def test_an_announcement_in_a_room_of_others_undoes_the_act(ground):
    with (
        pytest.raises(ProgrammingError, match="no such room"),
        acting_as(ground.world.police.viewer) as viewer,
    ):
        announce(viewer, ground.rooms["case"], "changed")


def test_a_refusal_is_heard_in_the_room_of_the_case(world):
    """Whoever refuses sees nothing of the case, and yet those who do must hear of it."""
    case_id = world.activated()
    share = world.proposed(case_id, world.police, until=in_days(3))
    with acting_as(world.coordinator.viewer):
        before = last_seq(f"case:{case_id}")
    with acting_as(world.police.viewer) as viewer:
        answer.refuse(viewer, share, reason=RefusalReason.values[0])
    with acting_as(world.coordinator.viewer):
        assert last_seq(f"case:{case_id}") > before
