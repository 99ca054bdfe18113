"""What is for people bound by secrecy opens nothing to their colleagues, nor to them afterwards."""

from datetime import timedelta

import pytest

from agencies.models import Membership
from agencies.operator import ALIAS
from kernel.clock import now
from kernel.errors import Invalid, NotFound
from kernel.scope import acting_as
from meetings.services.convene import convene
from referrals.casefile.selectors import case_file
from referrals.compartments import Compartment
from referrals.models.access import Level
from referrals.models.glass import Emergency
from referrals.sharing.services import answer
from referrals.sharing.services.break_glass import break_glass
from tests.agencies.factories import a_person
from tests.referrals.test_breaking_the_glass import WHY, reference_of
from tests.referrals.test_who_sees import check_against_engine
from tests.support.secrecy import secret_offer

pytestmark = pytest.mark.database
C = Compartment


def test_a_share_for_those_bound_by_secrecy_tells_the_others_that_there_is_a_case(world):
    """No story, no place at a meeting where the case is spoken of, and nothing that is decided."""
    case_id = world.activated()
    bound = a_person(world.coordinator.accession, "cell_coordinator", bound_by_secrecy=True)
    officer = a_person(world.gendarme.accession, "agency_partner", bound_by_secrecy=True)
    with acting_as(bound.viewer()) as viewer:
        share_id = secret_offer(viewer, case_id, world.gendarme)
    with acting_as(officer.viewer()) as viewer:
        answer.accept(viewer, share_id)
        opened = case_file(viewer, case_id)
        assert opened.level == Level.READ
        assert opened.milestones
    with acting_as(world.gendarme.viewer) as viewer:
        opened = case_file(viewer, case_id)
        assert opened.is_stub
        assert not opened.milestones
    with acting_as(world.coordinator.viewer) as viewer, pytest.raises(Invalid) as refused:
        convene(
            viewer,
            case_id,
            starts_at=now() + timedelta(hours=1),
            agencies=[world.gendarme.accession_id],
        )
    assert refused.value.code == "no_scope"
    check_against_engine(world, case_id)


def test_who_is_not_bound_any_more_keeps_no_secret_opened_in_an_emergency(world):
    case_id = world.activated()
    reference = reference_of(world, case_id)

    def broken(*parts):
        person = a_person(world.police.accession, "agency_partner", bound_by_secrecy=True)
        with acting_as(person.viewer()) as viewer:
            break_glass(
                viewer,
                reference=reference,
                compartments=parts,
                emergency=Emergency.DANGER,
                reason=WHY,
            )
        return person

    def sees(person):
        with acting_as(person.viewer()) as viewer:
            return {part.code for part in case_file(viewer, case_id).compartments}

    both, alone = broken(C.FACTS, C.HEALTH_SOCIAL), broken(C.HEALTH_SOCIAL)
    assert (sees(both), sees(alone)) == ({"facts", "health_social"}, {"health_social"})
    seats = [both.seat_id, alone.seat_id]
    Membership.objects.using(ALIAS).filter(pk__in=seats).update(bound_by_secrecy=False)
    assert sees(both) == {"facts"}
    with pytest.raises(NotFound):
        sees(alone)
    check_against_engine(world, case_id)
