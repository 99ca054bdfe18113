"""What those who left were to do is listed, and handed to somebody who may see the case."""

from datetime import timedelta

import pytest
from django.urls import reverse

from agencies.models import EndReason
from agencies.services.end_access import end_agency, end_person
from agencies.services.end_membership import end_membership
from kernel.clock import now
from kernel.errors import Conflict, Invalid, NotAllowed, NotFound, WrongState
from kernel.models import OutboxItem
from kernel.scope import acting_as
from meetings.services.convene import convene
from referrals.casework.left_behind import waiting_measures, waiting_meetings, waiting_schools
from referrals.casework.services.add_measure import add_measure
from referrals.casework.services.finish_measure import finish_measure
from referrals.casework.services.hand_over import hand_over
from referrals.models import Measure
from referrals.models.history import MeasureKind
from tests.agencies.factories import OPERATOR, a_person
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.walls import injected, refusal
from tests.support.world import Seated, in_days

pytestmark = pytest.mark.database
FORBIDDEN = "42501"
PAGE = "/dossiers/a-reattribuer/"


class Left:
    """A gendarmerie that has left with a measure to do, in a case that the police reads too."""

    def __init__(self, world) -> None:
        self.world = world
        self.case_id = world.activated()
        world.shared(self.case_id, world.gendarme)
        world.shared(self.case_id, world.police)
        with acting_as(world.coordinator.viewer) as viewer:
            self.measure = add_measure(
                viewer,
                self.case_id,
                kind=MeasureKind.SUPERVISION,
                owner_accession=world.gendarme.accession_id,
                due_on=in_days(7),
            ).pk
        with acting_as(world.cell_admin.viewer) as viewer:
            end_agency(viewer, world.gendarme.accession_id, reason=EndReason.LEFT, whole=True)

    def hand_over(self, by: Seated, to: Seated, **values):
        with acting_as(by.viewer) as viewer:
            return hand_over(
                viewer,
                self.measure,
                to_accession=to.accession_id,
                **{"due_on": in_days(9), "version": None, **values},
            )


@pytest.fixture
def left(world) -> Left:
    return Left(world)


def test_a_measure_is_kept_and_listed_until_somebody_takes_it(world, left):
    with acting_as(world.coordinator.viewer) as viewer:
        waiting = waiting_measures(viewer)
        assert [one.measure.pk for one in waiting] == [left.measure]
        takers = {taker.accession_id for taker in waiting[0].takers}
    assert world.police.accession_id in takers
    assert world.gendarme.accession_id not in takers
    assert left.hand_over(world.coordinator, world.police).owner_name == (
        world.police.accession.agency.name
    )
    with acting_as(world.coordinator.viewer) as viewer:
        assert waiting_measures(viewer) == []
    with acting_as(world.police.viewer) as viewer:
        measure = Measure.objects.get(pk=left.measure)
        assert measure.due_on == in_days(9)
        finish_measure(viewer, left.measure)
    told = OutboxItem.objects.using("worker").filter(
        recipient=world.police.person.account_id, kind="measure.added"
    )
    assert told.exists()


def test_a_measure_goes_to_nobody_who_may_not_see_the_case(world, left):
    assert world.victim_support.viewer
    with pytest.raises(Invalid):
        left.hand_over(world.coordinator, world.victim_support)
    with injected(world.coordinator) as connection:
        call = "SELECT referrals.hand_over(%s, %s, current_date + 3, 1)"
        values = (left.measure, world.victim_support.accession_id)
        assert refusal(connection, call, *values) == FORBIDDEN
        values = (left.measure, world.gendarme.accession_id)
        assert refusal(connection, call, *values) == FORBIDDEN


@pytest.mark.parametrize("who", ["prosecutor", "police", "cell_admin", "pilot"])
def test_only_coordination_hands_a_measure_over(world, left, who):
    seat = world.everybody()[who]
    with pytest.raises((NotAllowed, NotFound)):
        left.hand_over(seat, world.police)
    with injected(seat) as connection:
        call = "SELECT referrals.hand_over(%s, %s, current_date + 3, 1)"
        values = (left.measure, world.police.accession_id)
        assert refusal(connection, call, *values) == FORBIDDEN


HAND_OVER = "SELECT referrals.hand_over(%s, %s, current_date + %s, 1)"


def by_sql(seat, measure, to, *, days=3):
    with injected(seat) as connection:
        return refusal(connection, HAND_OVER, measure, to.accession_id, days)


def test_only_a_measure_that_nobody_is_left_to_do_is_handed_over(world):
    """And only to somebody: an agency in which nobody is left takes nothing."""
    case_id = world.activated()
    for seat in (world.gendarme, world.police, world.victim_support):
        world.shared(case_id, seat)
    end_membership(OPERATOR, membership_id=world.victim_support.person.seat_id)
    with acting_as(world.coordinator.viewer) as viewer:
        measure = add_measure(
            viewer,
            case_id,
            kind=MeasureKind.SUPERVISION,
            owner_accession=world.gendarme.accession_id,
            due_on=in_days(7),
        ).pk

    def hand_it_over(to):
        with acting_as(world.coordinator.viewer) as viewer:
            hand_over(
                viewer, measure, to_accession=to.accession_id, due_on=in_days(9), version=None
            )

    with pytest.raises(WrongState) as early:
        hand_it_over(world.police)
    assert "plus à réattribuer" in str(early.value.message)
    assert by_sql(world.coordinator, measure, world.police) == FORBIDDEN
    end_membership(OPERATOR, membership_id=world.gendarme.person.seat_id)
    with pytest.raises(Invalid) as refused:
        hand_it_over(world.victim_support)
    assert "Plus personne de ce service" in str(refused.value.fields["to_accession"][0])
    assert by_sql(world.coordinator, measure, world.victim_support) == FORBIDDEN
    assert by_sql(world.coordinator, measure, world.gendarme) == FORBIDDEN
    assert by_sql(world.coordinator, measure, world.police) == "1 rows"
    assert by_sql(world.coordinator, measure, world.police, days=900) == "23514"
    assert by_sql(world.coordinator, measure, world.police, days=-9) == "23514"


def test_a_coordinator_who_may_only_read_any_more_hands_nothing_over(world, left):
    """Also before anything has come by to tidy: what the row says of its editors may be old."""
    unit = world.coordinator.viewer.units
    assert by_sql(world.coordinator, left.measure, world.police) == "1 rows"
    with admin(database_name()) as connection:
        connection.execute(
            "UPDATE referrals_grant SET level = 2 WHERE case_id = %s AND unit_id = ANY (%s)",
            [left.case_id, list(unit)],
        )
        connection.execute(
            "UPDATE referrals_measure SET recheck_at = now() WHERE id = %s", [left.measure]
        )
    assert by_sql(world.coordinator, left.measure, world.police) == FORBIDDEN
    with admin(database_name()) as connection:
        connection.execute("SELECT referrals.sync_case(%s)", [left.case_id])


def test_a_measure_of_an_ended_case_stays_where_it_is(world, left):
    with admin(database_name()) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "UPDATE referrals_case SET state = 'withdrawn' WHERE id = %s", [left.case_id]
        )
    with pytest.raises(WrongState):
        left.hand_over(world.coordinator, world.police)
    assert by_sql(world.coordinator, left.measure, world.police) == FORBIDDEN


def test_what_somebody_has_handed_over_meanwhile_is_said(world, left):
    left.hand_over(world.coordinator, world.police, version=1)
    with pytest.raises(Conflict):
        left.hand_over(world.coordinator, world.police, version=1)
    with acting_as(world.police.viewer) as viewer:
        finish_measure(viewer, left.measure)
    with pytest.raises(WrongState):
        left.hand_over(world.coordinator, world.police)


def test_the_page_shows_what_waits_and_hands_it_over(world, left):
    browser = world.coordinator.browser
    shown = browser.get(PAGE).content.decode()
    assert str(left.measure) in shown
    over = reverse("referrals:hand_over", args=[left.measure])
    prefix = f"over-{left.measure}"
    typed = {f"{prefix}-to_accession": "", f"{prefix}-due_on": in_days(4).isoformat()}
    refused = browser.post(over, typed)
    assert refused.status_code == 422
    assert in_days(4).isoformat() in refused.content.decode()
    typed[f"{prefix}-to_accession"] = str(world.police.accession_id)
    assert browser.post(over, typed).status_code == 302
    assert str(left.measure) not in browser.get(PAGE).content.decode()
    assert browser.post(over, typed).status_code == 409
    case = browser.get(reverse("referrals:case", args=[left.case_id])).content.decode()
    assert "Mesure confiée à un autre service" in case
    assert "Partage terminé avec l&#x27;adhésion" in case


def test_a_draft_goes_on_with_another_pilot_of_the_school(world):
    case_id = world.draft()
    with acting_as(world.coordinator.viewer) as viewer:
        assert waiting_schools(viewer) == []
    with acting_as(world.cell_admin.viewer) as viewer:
        end_person(viewer, world.pilot.person.seat_id, reason=EndReason.LEFT)
    with acting_as(world.coordinator.viewer) as viewer:
        [school] = waiting_schools(viewer)
    assert (school.name, school.drafts) == (world.pilot.accession.agency.name, 1)
    follower = a_person(world.pilot.accession, "school_pilot")
    assert follower.viewer()
    with acting_as(world.coordinator.viewer) as viewer:
        assert waiting_schools(viewer) == []
    with acting_as(follower.viewer()) as viewer, injected(world.pilot):
        from referrals.intake.services.save_draft import save_draft

        save_draft(viewer, case_id, {"targets-0-family_name": ["Essai"]}, version=1)


def test_a_meeting_whose_convener_has_left_is_listed(world):
    case_id = world.activated()
    world.shared(case_id, world.gendarme)
    second = Seated(world.coordinator.accession, "cell_coordinator")
    assert second.viewer
    with acting_as(world.coordinator.viewer) as viewer:
        convene(
            viewer,
            case_id,
            starts_at=now() + timedelta(days=2),
            agencies=[world.gendarme.accession_id],
        )
        assert waiting_meetings(viewer) == []
    with acting_as(world.cell_admin.viewer) as viewer:
        end_person(viewer, world.coordinator.person.seat_id, reason=EndReason.LEFT)
    with acting_as(second.viewer) as viewer:
        assert len(waiting_meetings(viewer)) == 1
    assert (
        "Réunions convoquées par une personne partie" in second.browser.get(PAGE).content.decode()
    )
