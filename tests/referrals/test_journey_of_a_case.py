"""A case from the school's escalation to its end, through the services, by actor."""

import pytest

from kernel.errors import NotAllowed, NotFound, WrongState
from kernel.scope import acting_as
from referrals.casefile.selectors import case_file, case_for, case_list
from referrals.compartments import Compartment
from referrals.follow_up.services.close import close
from referrals.intake.services.activate import activate
from referrals.intake.services.submit import submit
from referrals.intake.services.triage import triage
from referrals.models.case import Urgency
from referrals.sharing.services import answer
from tests.support.world import an_escalation

pytestmark = pytest.mark.database


def sees(seat, case_id):
    """The compartments that a seat may open, or None when the case does not exist for it."""
    with acting_as(seat.viewer) as viewer:
        try:
            return {compartment.code for compartment in case_file(viewer, case_id).compartments}
        except NotFound:
            return None


def test_a_draft_is_seen_by_its_school_only(world):
    case_id = world.draft()
    readers = {name for name, seat in world.everybody().items() if sees(seat, case_id) is not None}
    assert readers == {"pilot"}


def test_a_sent_referral_reaches_coordination_and_prosecutor_and_nobody_else(world):
    case_id = world.submitted()
    readers = {name for name, seat in world.everybody().items() if sees(seat, case_id) is not None}
    assert readers == {"pilot", "coordinator", "prosecutor"}


def test_references_follow_one_another_within_the_cell(world):
    references = []
    for _each in range(3):
        case_id = world.draft()
        with acting_as(world.pilot.viewer) as viewer:
            references.append(submit(viewer, case_id, an_escalation()).reference)
    assert [reference[-5:] for reference in references] == ["00001", "00002", "00003"]
    assert all(reference.startswith(world.cell.code) for reference in references)


def test_each_role_opens_its_own_compartments(world):
    case_id = world.submitted()
    assert "judicial" not in sees(world.coordinator, case_id)
    assert "judicial" in sees(world.prosecutor, case_id)
    assert "health_social" not in sees(world.prosecutor, case_id)
    assert sees(world.pilot, case_id) == {
        "identity_target",
        "identity_presumed",
        "identity_witness",
        "facts",
        "school_steps",
        "feedback",
    }


@pytest.mark.parametrize("who", ["pilot", "prosecutor"])
def test_only_coordination_triages(world, who):
    case_id = world.submitted()
    with pytest.raises(NotAllowed), acting_as(world.everybody()[who].viewer) as viewer:
        triage(viewer, case_id, gravity=1, urgency=Urgency.STANDARD)


@pytest.mark.parametrize("who", ["gendarme", "other_pilot", "auditor", "cell_admin"])
def test_triage_does_not_exist_for_others(world, who):
    case_id = world.submitted()
    with pytest.raises(NotFound), acting_as(world.everybody()[who].viewer) as viewer:
        triage(viewer, case_id, gravity=1, urgency=Urgency.STANDARD)


def test_only_the_prosecutor_activates(world):
    case_id = world.qualified()
    with pytest.raises(NotAllowed), acting_as(world.coordinator.viewer) as viewer:
        activate(viewer, case_id)
    with acting_as(world.prosecutor.viewer) as viewer:
        assert activate(viewer, case_id).state == "activated"


def test_a_step_is_taken_once(world):
    case_id = world.qualified()
    with pytest.raises(WrongState), acting_as(world.coordinator.viewer) as viewer:
        triage(viewer, case_id, gravity=0, urgency=Urgency.WATCH)


def test_a_proposed_share_opens_nothing(world):
    case_id = world.activated()
    world.proposed(case_id, world.gendarme)
    assert sees(world.gendarme, case_id) is None


def test_an_accepted_share_opens_its_compartments_and_no_other(world):
    case_id = world.activated()
    world.shared(case_id, world.gendarme, Compartment.FACTS, Compartment.IDENTITY_PRESUMED)
    assert sees(world.gendarme, case_id) == {"facts", "identity_presumed"}
    assert sees(world.police, case_id) is None
    with acting_as(world.gendarme.viewer) as viewer:
        opened = case_file(viewer, case_id)
        assert {party.role for party in opened.parties} == {"presumed_perpetrator"}
        assert set(opened.contents) == {"facts"}
        assert [case.pk for case in case_list(viewer).cases] == [case_id]


def test_a_refused_share_stays_shut(world):
    case_id = world.activated()
    share_id = world.proposed(case_id, world.gendarme)
    with acting_as(world.gendarme.viewer) as viewer:
        answer.refuse(viewer, share_id, reason="out_of_area")
    assert sees(world.gendarme, case_id) is None
    with pytest.raises(WrongState), acting_as(world.gendarme.viewer) as viewer:
        answer.accept(viewer, share_id)


def test_a_revoked_share_shuts_at_once(world):
    case_id = world.activated()
    share_id = world.shared(case_id, world.gendarme)
    with acting_as(world.coordinator.viewer) as viewer:
        answer.revoke(viewer, share_id)
    assert sees(world.gendarme, case_id) is None
    with acting_as(world.gendarme.viewer) as viewer:
        assert case_list(viewer).cases == []


def test_nobody_answers_for_another_agency(world):
    case_id = world.activated()
    share_id = world.proposed(case_id, world.gendarme)
    with pytest.raises(NotFound), acting_as(world.police.viewer) as viewer:
        answer.accept(viewer, share_id)
    with pytest.raises(NotAllowed), acting_as(world.coordinator.viewer) as viewer:
        answer.accept(viewer, share_id)


def test_a_case_is_not_closed_before_the_school_is_told(world):
    case_id = world.activated()
    with pytest.raises(WrongState), acting_as(world.coordinator.viewer) as viewer:
        close(viewer, case_id)


def test_closing_ends_every_share(world):
    case_id = world.activated()
    world.shared(case_id, world.gendarme)
    world.closed(case_id)
    assert sees(world.gendarme, case_id) is None
    assert sees(world.pilot, case_id) is not None
    with acting_as(world.coordinator.viewer) as viewer:
        assert case_for(viewer, case_id).state == "closed"
