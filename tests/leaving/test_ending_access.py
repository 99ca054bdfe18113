"""Ending access: who may, what ends with it, and that a cell is never left to nobody."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from agencies.leavers import last_roles
from agencies.models import Accession, EndReason, Membership
from agencies.operator import ALIAS
from agencies.services.end_access import end_agency, end_person
from kernel.clock import FOREVER, now
from kernel.errors import Invalid, NotAllowed, NotFound, SignInRequired, StepUpRequired, WrongState
from kernel.models import OutboxItem, ScopeSession, Seat
from kernel.scope import acting_as
from referrals.casefile.selectors import case_file
from referrals.compartments import Compartment
from referrals.models import Share
from tests.agencies.factories import a_person
from tests.support.at_once import Acting, at_once, held
from tests.support.database import admin
from tests.support.escalating import form_of
from tests.support.recorded import recorded
from tests.support.searching import database_name
from tests.support.server import wait_for
from tests.support.walls import injected, refusal
from tests.support.world import Seated

pytestmark = pytest.mark.database
FORBIDDEN = "42501"
CELL_LOCK = "SELECT pg_advisory_xact_lock(7310008, %s)"


def sessions_of(seat: Seated) -> int:
    return ScopeSession.objects.using("signin").filter(account_id=seat.person.account_id).count()


def end(by: Seated, of: Seated, **values) -> None:
    with acting_as(by.viewer) as viewer:
        end_person(viewer, of.person.seat_id, reason=EndReason.LEFT, **values)


def grow_old(seat: Seated) -> None:
    """The factor of every session of this person was shown ten minutes ago."""
    found = ScopeSession.objects.using("signin").filter(account_id=seat.person.account_id)
    found.update(factor_at=now() - timedelta(minutes=10))


@pytest.fixture
def lead(world) -> Seated:
    return Seated(world.gendarme.accession, "agency_lead")


@pytest.fixture
def second_admin(world) -> Seated:
    seat = Seated(world.cell_admin.accession, "cell_admin")
    assert seat.viewer
    return seat


def test_the_cells_administration_ends_anybodys_access(world):
    assert world.gendarme.viewer
    assert world.gendarme.browser.get("/").status_code == 200
    end(world.cell_admin, world.gendarme)
    assert sessions_of(world.gendarme) == 0
    assert world.gendarme.browser.get("/").status_code == 302
    with pytest.raises(SignInRequired), acting_as(world.gendarme.viewer):
        pass


def test_who_leads_an_agency_ends_the_access_of_its_people_and_no_others(world, lead):
    assert world.gendarme.viewer
    assert world.police.viewer
    with pytest.raises(NotFound):
        end(lead, world.police)
    unknown = lead.browser.get(reverse("agencies:end_person", args=[uuid4()]))
    other = lead.browser.get(reverse("agencies:end_person", args=[world.police.person.seat_id]))
    assert (other.status_code, other.content) == (404, unknown.content)
    end(lead, world.gendarme)
    assert sessions_of(world.gendarme) == 0
    assert sessions_of(world.police) > 0


def test_anybody_leaves_by_themself(world):
    end(world.police, world.police)
    assert sessions_of(world.police) == 0


@pytest.mark.parametrize("who", ["coordinator", "prosecutor", "pilot", "auditor", "police"])
def test_nobody_else_ends_anything(world, who):
    """For them there is no such page; and the database says the same to bare SQL."""
    assert world.gendarme.viewer
    seat = world.everybody()[who]
    with pytest.raises(NotFound):
        end(seat, world.gendarme)
    with injected(seat) as connection:
        call = "SELECT agencies.end_person(ARRAY[%s]::uuid[], 'left', NULL)"
        assert refusal(connection, call, world.gendarme.person.seat_id) == FORBIDDEN
        call = "SELECT agencies.end_agency(%s, 'left', true)"
        assert refusal(connection, call, world.gendarme.accession_id) == FORBIDDEN


def test_a_fresh_factor_comes_first_in_python_and_in_sql(world):
    assert world.cell_admin.viewer
    assert world.gendarme.viewer
    grow_old(world.cell_admin)
    with pytest.raises(StepUpRequired):
        end(world.cell_admin, world.gendarme)
    with injected(world.cell_admin) as connection:
        call = "SELECT agencies.end_person(ARRAY[%s]::uuid[], 'left', NULL)"
        assert refusal(connection, call, world.gendarme.person.seat_id) == FORBIDDEN
    assert sessions_of(world.gendarme) > 0


def test_another_cells_administration_finds_nobody(world, elsewhere):
    with pytest.raises(NotFound):
        end(elsewhere.cell_admin, world.gendarme)
    with injected(elsewhere.cell_admin) as connection:
        call = "SELECT agencies.end_person(ARRAY[%s]::uuid[], 'left', NULL)"
        assert refusal(connection, call, world.gendarme.person.seat_id) == FORBIDDEN


def test_ending_twice_is_said(world):
    end(world.cell_admin, world.gendarme)
    with pytest.raises(WrongState):
        end(world.cell_admin, world.gendarme)


def test_two_people_who_end_the_same_access_at_once_end_it_once(world, second_admin):
    assert world.gendarme.viewer
    assert world.cell_admin.viewer
    acts = [lambda by=by: end(by, world.gendarme) for by in (world.cell_admin, second_admin)]
    outcomes = at_once(CELL_LOCK, world.cell.pk, acts=acts)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "WrongState"]


def test_coordination_is_told_through_the_outbox_without_a_name(world):
    assert world.coordinator.viewer
    end(world.cell_admin, world.gendarme)
    owed = OutboxItem.objects.using("worker").filter(
        cell_id=world.cell.pk, kind="access.ended", recipient=world.coordinator.person.account_id
    )
    assert {row.channel for row in owed} == {"inbox", "email"}


def test_what_was_written_is_kept(world):
    case_id = world.submitted()
    end(world.cell_admin, world.pilot)
    with acting_as(world.coordinator.viewer) as viewer:
        assert case_file(viewer, case_id).parties


# Who follows.


@pytest.mark.parametrize("who", ["cell_admin", "coordinator"])
def test_the_last_one_does_not_go_without_saying_who_follows(world, who):
    seat = world.everybody()[who]
    assert seat.viewer
    with pytest.raises(Invalid) as refused:
        end(seat, seat)
    assert "Dites qui lui succède." in str(refused.value.fields["follows"][0])
    with injected(seat) as connection:
        call = "SELECT agencies.end_person(ARRAY[%s]::uuid[], 'left', NULL)"
        assert refusal(connection, call, seat.person.seat_id) == "23514"
    assert sessions_of(seat) > 0


def test_a_second_one_lets_the_first_go(world, second_admin):
    end(world.cell_admin, world.cell_admin)
    assert sessions_of(world.cell_admin) == 0


def test_two_last_ones_do_not_leave_each_other_at_the_same_moment(world, second_admin):
    seats = [world.cell_admin, second_admin]
    assert world.cell_admin.viewer
    acts = [
        lambda: end(world.cell_admin, second_admin),
        lambda: end(second_admin, world.cell_admin),
    ]
    outcomes = at_once(CELL_LOCK, world.cell.pk, acts=acts)
    assert outcomes.count(None) == 1, outcomes
    with acting_as(next(s for s in seats if sessions_of(s)).viewer) as viewer:
        assert last_roles([viewer.seat_id]) == ["cell_admin"]


def test_who_follows_has_the_role_for_fourteen_days(world):
    colleague = Seated(world.coordinator.accession, "departmental_officer")
    assert colleague.viewer
    assert world.coordinator.viewer
    end(world.cell_admin, world.coordinator, follows=colleague.person.seat_id)
    interim = Membership.objects.using(ALIAS).get(
        account_id=colleague.person.account_id, kind="interim"
    )
    assert interim.roles == ["cell_coordinator"]
    given = {"account": str(interim.account_id), "roles": ["cell_coordinator"]}
    assert recorded("access.interim", cell_id=world.cell.pk) == [("done", given)]
    assert timedelta(days=13) < interim.valid_until - now() <= timedelta(days=14)
    assert sessions_of(world.coordinator) == 0
    with acting_as(colleague.person.viewer(interim.pk)) as viewer:
        assert viewer.has("cell_coordinator")


def test_nobody_follows_whom_two_people_have_not_given_a_role(world):
    newcomer = Seated(world.coordinator.accession, "agency_partner")
    assert newcomer.viewer
    assert world.coordinator.viewer
    with pytest.raises(Invalid) as refused:
        end(world.cell_admin, world.coordinator, follows=newcomer.person.seat_id)
    assert "passez d'abord par une invitation" in str(refused.value.fields["follows"][0])
    with injected(world.cell_admin) as connection:
        call = "SELECT agencies.end_person(ARRAY[%s]::uuid[], 'left', %s)"
        places = (world.coordinator.person.seat_id, newcomer.person.seat_id)
        assert refusal(connection, call, *places) == FORBIDDEN
    page = reverse("agencies:end_person", args=[world.coordinator.person.seat_id])
    typed = {"reason": "left", "follows": str(newcomer.person.seat_id)}
    answer = world.cell_admin.browser.post(page, typed)
    assert answer.status_code == 422
    assert "par une invitation" in answer.content.decode()
    assert sessions_of(world.coordinator) > 0


@pytest.mark.parametrize("who", ["coordinator", "auditor", "cell_admin", "prosecutor"])
def test_who_leads_an_agency_does_not_end_a_role_that_two_people_gave(world, who):
    seat = world.everybody()[who]
    leads = Seated(seat.accession, "agency_lead")
    deputy = Seated(seat.accession, *seat.roles)
    assert seat.viewer
    assert deputy.viewer
    with pytest.raises(NotAllowed) as refused:
        end(leads, seat)
    assert "Demandez à l'administration de la cellule" in str(refused.value.message)
    with injected(leads) as connection:
        call = "SELECT agencies.end_person(ARRAY[%s]::uuid[], 'left', %s)"
        places = (seat.person.seat_id, deputy.person.seat_id)
        assert refusal(connection, call, *places) == FORBIDDEN
    assert sessions_of(seat) > 0


def test_who_decides_does_not_name_themself(world):
    mine = world.cell_admin.person.joins(
        world.coordinator.accession, "agency_partner", valid_until=now() + timedelta(days=5)
    )
    assert world.coordinator.viewer
    with pytest.raises(Invalid):
        end(world.cell_admin, world.coordinator, follows=mine.pk)
    with injected(world.cell_admin) as connection:
        call = "SELECT agencies.end_person(ARRAY[%s]::uuid[], 'left', %s)"
        assert refusal(connection, call, world.coordinator.person.seat_id, mine.pk) == FORBIDDEN


# A whole agency.


def test_an_accession_ends_with_its_people_and_its_shares(world):
    case_id = world.activated()
    share_id = world.shared(case_id, world.gendarme)
    offer_id = world.proposed(world.activated(), world.gendarme)
    with acting_as(world.gendarme.viewer) as viewer:
        assert case_file(viewer, case_id)
    with acting_as(world.cell_admin.viewer) as viewer:
        end_agency(viewer, world.gendarme.accession_id, reason=EndReason.PROTOCOL, whole=True)
    assert sessions_of(world.gendarme) == 0
    with acting_as(world.coordinator.viewer):
        states = {s.pk: s.state for s in Share.objects.filter(pk__in=[share_id, offer_id])}
        ended = Share.objects.get(pk=share_id)
    assert set(states.values()) == {"accession_ended"}
    assert ended.ended_at is not None
    ((_done, told),) = recorded("accession.ended", subject_id=world.gendarme.accession_id)
    assert (told["why"], told["places"]) == ("protocol", 1)
    seat = Seat.objects.using(ALIAS).get(pk=world.gendarme.person.seat_id)
    assert seat.valid_until <= now()


def test_what_is_shared_closes_at_once_and_opens_no_more_when_the_date_is_put_back(world):
    case_id = world.activated()
    world.shared(case_id, world.gendarme)
    old = world.gendarme.viewer
    accessions = Accession.objects.using(ALIAS).filter(pk=world.gendarme.accession_id)
    accessions.update(valid_until=now())
    accessions.update(valid_until=FOREVER)
    with pytest.raises(SignInRequired), acting_as(old):
        pass
    newcomer = a_person(world.gendarme.accession, "agency_partner")
    with pytest.raises(NotFound), acting_as(newcomer.viewer()) as viewer:
        case_file(viewer, case_id)


def test_a_session_of_before_does_not_come_back_with_a_later_date(world):
    """The end came with time, nobody deleted the session, and the date is put off afterwards."""
    old = world.gendarme.viewer
    accessions = Accession.objects.using(ALIAS).filter(pk=world.gendarme.accession_id)
    soon = now() + timedelta(seconds=0.4)
    accessions.update(valid_until=soon)
    wait_for(lambda: now() > soon, within=2, what="the end")
    accessions.update(valid_until=FOREVER)
    with pytest.raises(SignInRequired), acting_as(old):
        pass
    with acting_as(world.gendarme.person.viewer()):
        pass


def test_an_end_set_for_later_ends_the_grants_at_that_moment(world):
    case_id = world.activated()
    world.shared(case_id, world.gendarme)
    later = now() + timedelta(days=2)
    Accession.objects.using(ALIAS).filter(pk=world.gendarme.accession_id).update(valid_until=later)
    with acting_as(world.gendarme.viewer) as viewer:
        assert case_file(viewer, case_id)
    with injected(world.gendarme) as connection:
        found = connection.execute(
            "SELECT valid_until FROM referrals_case_access WHERE case_id = %s", [case_id]
        ).fetchone()
    assert found == (later,)


def test_an_end_that_is_put_off_in_time_lets_shares_run_as_they_were_agreed(world):
    """One that was accepted says when it ends, and that is when it ends."""
    case_id = world.activated()
    share_id = world.shared(case_id, world.gendarme)
    accessions = Accession.objects.using(ALIAS).filter(pk=world.gendarme.accession_id)
    accessions.update(valid_until=now() + timedelta(days=2))
    accessions.update(valid_until=FOREVER)
    with acting_as(world.coordinator.viewer):
        agreed = Share.objects.get(pk=share_id).expires_at
    with injected(world.gendarme) as connection:
        until = "SELECT valid_until FROM referrals_case_access WHERE case_id = %s"
        assert connection.execute(until, [case_id]).fetchone() == (agreed,)


def test_a_share_does_not_outlive_an_end_that_came_with_time(world):
    """Nobody has come by to tidy; an agency that takes part again finds nothing of before."""
    case_id = world.activated()
    more = world.proposed(case_id, world.gendarme, Compartment.SCHOOL_STEPS)
    shares = [world.shared(case_id, world.gendarme), more]
    accessions = Accession.objects.using(ALIAS).filter(pk=world.gendarme.accession_id)
    soon = now() + timedelta(seconds=0.4)
    accessions.update(valid_until=soon)
    wait_for(lambda: now() > soon, within=2, what="the end")
    accessions.update(valid_until=FOREVER)
    with acting_as(world.coordinator.viewer):
        states = Share.objects.filter(pk__in=shares).values_list("state", flat=True)
        assert set(states) == {"accession_ended"}


def test_cutting_the_access_of_a_school_leaves_its_accession_and_what_it_wrote(world):
    case_id = world.submitted()
    colleague = a_person(world.pilot.accession, "school_pilot")
    other = colleague.viewer()
    with acting_as(world.cell_admin.viewer) as viewer:
        ended = end_agency(
            viewer, world.pilot.accession_id, reason=EndReason.COMPROMISED, whole=False
        )
    assert ended == 2
    for gone in (world.pilot.viewer, other):
        with pytest.raises(SignInRequired), acting_as(gone):
            pass
    again = a_person(world.pilot.accession, "school_pilot")
    with acting_as(again.viewer()) as viewer:
        assert case_file(viewer, case_id).parties


def test_the_agency_that_carries_the_cell_is_not_cut(world):
    assert world.coordinator.viewer
    with pytest.raises(Invalid), acting_as(world.cell_admin.viewer) as viewer:
        end_agency(viewer, world.cell_admin.accession_id, reason=EndReason.PROTOCOL, whole=True)
    with injected(world.cell_admin) as connection:
        call = "SELECT agencies.end_agency(%s, 'protocol', true)"
        assert refusal(connection, call, world.cell_admin.accession_id) == "23514"
        call = "SELECT agencies.end_agency(%s, 'protocol', false)"
        assert refusal(connection, call, world.cell_admin.accession_id) == "23514"


# Races.


def test_who_was_about_to_send_sends_nothing_once_access_has_ended(world):
    """The request waits inside the database while access ends; it goes on without any right."""
    case_id = world.draft()
    assert world.cell_admin.viewer
    assert world.pilot.browser
    address = reverse("referrals:draft", args=[case_id])
    lock = "SELECT FROM referrals_case WHERE id = %s FOR UPDATE"
    with held(lock, case_id) as until_waiting:
        sending = Acting(lambda: world.pilot.browser.post(address, form_of("")))
        until_waiting(1)
        end(world.cell_admin, world.pilot)
    answer = sending.done()
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("agencies:sign_in"))
    with admin(database_name()) as connection:
        state = "SELECT state FROM referrals_case WHERE id = %s"
        assert connection.execute(state, [case_id]).fetchone() == ("draft",)
        parties = "SELECT count(*) FROM referrals_party WHERE case_id = %s"
        assert connection.execute(parties, [case_id]).fetchone() == (0,)
