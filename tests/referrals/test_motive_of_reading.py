"""By what right somebody opens a case, a name or a document stands in the entry of it."""

import json

import pytest

from kernel.scope import acting_as
from referrals.casefile.motive import note_list
from referrals.casefile.selectors import case_file
from referrals.compartments import Compartment
from referrals.models.glass import Emergency
from referrals.models.share import Purpose
from referrals.sharing.services.break_glass import break_glass
from tests.agencies.factories import an_accession
from tests.support.database import admin
from tests.support.recorded import recorded
from tests.support.searching import database_name
from tests.support.world import Seated

pytestmark = pytest.mark.database


def motives(world, case_id) -> dict[str, tuple]:
    """What the newest opening by each seat of the cell says."""
    with admin(database_name()) as connection:
        rows = connection.execute(
            "SELECT seat, convert_from(payload, 'UTF8') FROM audit_entry"
            " WHERE cell_id = %s AND case_id = %s AND kind = 'case.read' ORDER BY id",
            [world.cell.pk, case_id],
        ).fetchall()
    said = {seat: json.loads(text)["facts"] for seat, text in rows}
    return {
        who: (facts["right"], facts["purpose"], facts["by"])
        for who, one in world.everybody().items()
        if (facts := said.get(one.viewer.seat_id))
    }


def test_an_opening_says_by_what_right(world):
    case_id = world.activated()
    share = world.shared(case_id, world.gendarme, Compartment.FACTS)
    with acting_as(world.coordinator.viewer) as viewer:
        reference = case_file(viewer, case_id).case.reference
    parts, why = [Compartment.FACTS], "Un danger ce soir même."
    with acting_as(world.police.person.viewer()) as viewer:
        glass = break_glass(
            viewer, reference=reference, compartments=parts, emergency=Emergency.DANGER, reason=why
        ).pk
    for who in ("pilot", "prosecutor", "gendarme", "police"):
        with acting_as(world.everybody()[who].viewer) as viewer:
            case_file(viewer, case_id)
    found = motives(world, case_id)
    assert found == {
        "pilot": ("school", None, None),
        "coordinator": ("coordination", None, None),
        "prosecutor": ("prosecution", None, None),
        "gendarme": ("share", Purpose.INVESTIGATION, str(share)),
        "police": ("glass", None, str(glass)),
    }


def test_neither_a_role_nor_a_share_hides_by_what_right_a_case_is_open(world):
    case_id = world.activated()
    world.elsewhere = Seated(an_accession(world.cell, kind="prosecutor"), "prosecutor")
    share = world.shared(case_id, world.elsewhere)
    world.shared(case_id, world.gendarme, Compartment.SCHOOL_STEPS)
    with acting_as(world.coordinator.viewer) as viewer:
        reference = case_file(viewer, case_id).case.reference
    parts, why = [Compartment.FACTS], "Un danger ce soir même."
    with acting_as(world.gendarme.person.viewer()) as viewer:
        glass = break_glass(
            viewer, reference=reference, compartments=parts, emergency=Emergency.DANGER, reason=why
        ).pk
    for seat in (world.elsewhere, world.gendarme):
        with acting_as(seat.viewer) as viewer:
            case_file(viewer, case_id)
    found = motives(world, case_id)
    assert found["elsewhere"] == ("share", Purpose.INVESTIGATION, str(share))
    assert found["gendarme"] == ("glass", None, str(glass))


@pytest.mark.parametrize(
    ("who", "right"),
    [
        ("pilot", "school"),
        ("coordinator", "coordination"),
        ("prosecutor", "prosecution"),
        ("auditor", "control"),
        ("gendarme", "share"),
    ],
)
def test_a_list_is_looked_at_by_the_mission_of_the_role(world, who, right):
    seat = world.everybody()[who]
    with acting_as(seat.viewer) as viewer:
        note_list(viewer, "exports", 0)
    told = {"filter": "exports", "shown": 0, "right": right}
    assert recorded("case.list_read", actor=seat.viewer.account_id)[-1] == ("done", told)
