"""Standing in for somebody: who may, for how long, and under which names."""

from datetime import timedelta

import pytest
from django.urls import reverse

from agencies.models import Absence, EndReason, Membership
from agencies.operator import ALIAS
from agencies.services.cover import confirm_deputy, end_cover, name_deputy
from agencies.services.end_access import end_person
from kernel.clock import now
from kernel.errors import Invalid, NotAllowed, NotFound, SignInRequired, StepUpRequired, WrongState
from kernel.models import OutboxItem, ScopeSession, Seat
from kernel.scope import acting_as
from referrals.casefile.selectors import case_file
from referrals.intake.services.acknowledge import acknowledge
from tests.agencies.factories import a_person
from tests.support.server import wait_for
from tests.support.walls import injected, refusal
from tests.support.world import Seated, browser_of

pytestmark = pytest.mark.database
FORBIDDEN = "42501"
NAME = "SELECT agencies.name_deputy(gen_random_uuid(), %s, %s, now(), now() + interval '%s days')"


def colleague(of: Seated, *roles: str) -> Seated:
    seat = Seated(of.accession, *roles)
    assert seat.viewer
    return seat


def named(
    by: Seated, away: Seated, deputy: Seated, *, days: float = 5, after: float = 0
) -> Absence:
    with acting_as(by.viewer) as viewer:
        return name_deputy(
            viewer,
            away.person.seat_id,
            deputy_id=deputy.person.seat_id,
            starts_at=now() + timedelta(days=after),
            ends_at=now() + timedelta(days=after + days),
        )


@pytest.fixture
def deputy(world) -> Seated:
    assert world.gendarme.viewer
    return colleague(world.gendarme, "agency_partner")


def test_a_deputy_sees_what_the_absent_person_sees_and_no_longer(world, deputy):
    case_id = world.activated()
    world.shared(case_id, world.gendarme)
    cover = named(world.gendarme, world.gendarme, deputy, days=2 / 86400 * 1.0)
    assert cover.state == "confirmed"
    viewer = deputy.person.viewer(cover.seat_id)
    with acting_as(viewer) as bound:
        assert case_file(bound, case_id)
        assert bound.roles == {"agency_partner"}
    wait_for(lambda: now() > cover.valid_until, within=4, what="the end of the absence")
    with pytest.raises(SignInRequired), acting_as(viewer):
        pass
    assert ScopeSession.objects.using("signin").filter(seat_id=cover.seat_id).exists()


def test_a_cover_that_has_not_begun_opens_nothing(world, deputy):
    cover = named(world.gendarme, world.gendarme, deputy, after=2)
    with pytest.raises(NotFound):
        deputy.person.viewer(cover.seat_id)


def test_what_a_deputy_does_shows_both_names(world):
    second = colleague(world.coordinator, "cell_coordinator")
    assert world.coordinator.viewer
    cover = named(world.coordinator, world.coordinator, second)
    case_id = world.submitted()
    absent = world.coordinator.person.memberships[0].display_name
    own = second.person.memberships[0].display_name
    both = f"{own}, en remplacement de {absent}"
    with acting_as(second.person.viewer(cover.seat_id)) as viewer:
        assert viewer.display_name == both
        acknowledge(viewer, case_id)
    page = world.pilot.browser.get(reverse("referrals:case", args=[case_id])).content.decode()
    assert both in page
    journal = world.auditor.browser.get(reverse("audit:journal")).content.decode()
    assert both in journal
    # What the same person does in their own place carries their own name alone.
    other = world.submitted()
    with acting_as(second.viewer) as viewer:
        acknowledge(viewer, other)
    journal = world.auditor.browser.get(f"{reverse('audit:journal')}?case={other}").content.decode()
    assert own in journal


@pytest.mark.parametrize("ends", ["the absent person", "the deputy"])
def test_a_cover_ends_at_once_with_either_person(world, deputy, ends):
    cover = named(world.gendarme, world.gendarme, deputy)
    viewer = deputy.person.viewer(cover.seat_id)
    gone = world.gendarme if ends == "the absent person" else deputy
    with acting_as(world.cell_admin.viewer) as admin:
        end_person(admin, gone.person.seat_id, reason=EndReason.LEFT)
    with pytest.raises(SignInRequired), acting_as(viewer):
        pass
    assert not ScopeSession.objects.using("signin").filter(seat_id=cover.seat_id).exists()


def test_a_cover_ends_when_an_account_is_switched_off(world, deputy):
    cover = named(world.gendarme, world.gendarme, deputy)
    viewer = deputy.person.viewer(cover.seat_id)
    from agencies.models import Account

    accounts = Account.objects.using(ALIAS).filter(pk=world.gendarme.person.account_id)
    accounts.update(is_active=False)
    with pytest.raises(SignInRequired), acting_as(viewer):
        pass
    accounts.update(is_active=True)
    assert Seat.objects.using(ALIAS).get(pk=cover.seat_id).valid_until <= now()


def test_a_cover_has_no_role_that_the_absent_person_has_lost(world):
    assert world.coordinator.viewer
    away = colleague(world.coordinator, "agency_lead", "agency_partner")
    stands = colleague(world.coordinator, "agency_partner")
    cover = named(away, away, stands)
    Membership.objects.using(ALIAS).filter(pk=away.person.seat_id).update(roles=["agency_partner"])
    assert Seat.objects.using(ALIAS).get(pk=cover.seat_id).roles == ["agency_partner"]


def test_secrecy_is_the_deputys_own(world):
    bound = a_person(world.gendarme.accession, "agency_partner", bound_by_secrecy=True)
    away = Seated(world.gendarme.accession, "agency_partner")
    away.__dict__["person"] = bound
    cover = named(away, away, colleague(world.gendarme, "agency_partner"))
    assert Seat.objects.using(ALIAS).get(pk=cover.seat_id).bound_by_secrecy is False


# Roles that two people give.


def test_a_role_that_two_people_give_waits_for_the_second(world):
    stands = colleague(world.coordinator, "agency_partner")
    assert world.cell_admin.viewer
    cover = named(world.coordinator, world.coordinator, stands)
    assert cover.state == "proposed"
    assert cover.seat_id is None
    for nobody in (world.coordinator, stands):
        with pytest.raises(NotAllowed), acting_as(nobody.viewer) as viewer:
            confirm_deputy(viewer, cover.pk)
        with injected(nobody) as connection:
            call = "SELECT agencies.confirm_deputy(%s)"
            assert refusal(connection, call, cover.pk) == FORBIDDEN
    with acting_as(world.cell_admin.viewer) as viewer:
        confirm_deputy(viewer, cover.pk)
    with acting_as(world.coordinator.viewer):
        cover = Absence.objects.get(pk=cover.pk)
    with acting_as(stands.person.viewer(cover.seat_id)) as viewer:
        assert viewer.has("cell_coordinator")
    with pytest.raises(NotAllowed), acting_as(world.cell_admin.viewer) as viewer:
        confirm_deputy(viewer, cover.pk)


@pytest.mark.parametrize(
    "role",
    [
        "departmental_officer",
        "dpo",
        "auditor",
        "cell_admin",
        "cell_coordinator",
        "school_head",
        "school_pilot",
    ],
)
def test_every_role_that_two_people_give_waits(world, role):
    at = world.pilot if role.startswith("school") else world.coordinator
    away = colleague(at, role)
    stands = colleague(at, "school_reporter" if at is world.pilot else "agency_partner")
    cover = named(away, away, stands)
    assert (cover.state, cover.seat_id) == ("proposed", None)
    # Who holds the role already takes over at once.
    other = colleague(at, role)
    assert named(other, other, colleague(at, role)).state == "confirmed"


def test_who_names_themself_and_would_gain_a_role_waits(world):
    away = world.gendarme
    assert away.viewer
    lead = colleague(world.gendarme, "agency_lead")
    cover = named(lead, away, lead)
    assert (cover.state, cover.seat_id) == ("proposed", None)
    with pytest.raises(NotAllowed), acting_as(lead.viewer) as viewer:
        confirm_deputy(viewer, cover.pk)
    with injected(lead) as connection:
        assert refusal(connection, "SELECT agencies.confirm_deputy(%s)", cover.pk) == FORBIDDEN
    with acting_as(world.cell_admin.viewer) as viewer:
        confirm_deputy(viewer, cover.pk)
        assert Absence.objects.get(pk=cover.pk).state == "confirmed"


def test_who_is_no_magistrate_any_more_covers_no_magistrate(world):
    assert world.prosecutor.viewer
    delegate = colleague(world.prosecutor, "prosecutor_delegate")
    second = colleague(world.prosecutor, "prosecutor")
    cover = named(world.prosecutor, world.prosecutor, delegate)
    places = Membership.objects.using(ALIAS).filter(pk=delegate.person.seat_id)
    places.update(roles=["agency_partner"])
    with pytest.raises(WrongState), acting_as(second.viewer) as viewer:
        confirm_deputy(viewer, cover.pk)
    with injected(second) as connection:
        assert refusal(connection, "SELECT agencies.confirm_deputy(%s)", cover.pk) == FORBIDDEN
    places.update(roles=["prosecutor_delegate"])
    with acting_as(second.viewer) as viewer:
        confirm_deputy(viewer, cover.pk)
        cover = Absence.objects.get(pk=cover.pk)
    old = delegate.person.viewer(cover.seat_id)
    places.update(roles=["agency_partner"])
    with pytest.raises(SignInRequired), acting_as(old):
        pass
    assert Seat.objects.using(ALIAS).get(pk=cover.seat_id).valid_until <= now()


def test_who_proposes_does_not_confirm(world):
    stands = colleague(world.coordinator, "agency_partner")
    assert world.coordinator.viewer
    cover = named(world.cell_admin, world.coordinator, stands)
    with pytest.raises(NotAllowed), acting_as(world.cell_admin.viewer) as viewer:
        confirm_deputy(viewer, cover.pk)
    with injected(world.cell_admin) as connection:
        assert refusal(connection, "SELECT agencies.confirm_deputy(%s)", cover.pk) == FORBIDDEN


def test_a_prosecutor_is_covered_by_a_magistrate_whom_a_prosecutor_confirms(world):
    assert world.prosecutor.viewer
    clerk = colleague(world.prosecutor, "agency_partner")
    with pytest.raises(Invalid):
        named(world.prosecutor, world.prosecutor, clerk)
    with injected(world.prosecutor) as connection:
        seats = (world.prosecutor.person.seat_id, clerk.person.seat_id)
        assert refusal(connection, NAME, *seats, 3) == FORBIDDEN
    delegate = colleague(world.prosecutor, "prosecutor_delegate")
    cover = named(world.prosecutor, world.prosecutor, delegate)
    assert cover.state == "proposed"
    with pytest.raises(NotAllowed), acting_as(world.cell_admin.viewer) as viewer:
        confirm_deputy(viewer, cover.pk)
    second = colleague(world.prosecutor, "prosecutor")
    with acting_as(second.viewer) as viewer:
        confirm_deputy(viewer, cover.pk)


# What is refused.


def test_nobody_covers_themself_nor_another_agency(world, deputy):
    assert world.police.viewer
    for wrong in (world.gendarme, world.police):
        with pytest.raises(Invalid):
            named(world.gendarme, world.gendarme, wrong)
        with injected(world.gendarme) as connection:
            seats = (world.gendarme.person.seat_id, wrong.person.seat_id)
            assert refusal(connection, NAME, *seats, 3) == FORBIDDEN


def test_a_cover_is_not_covered_and_covers_nobody(world, deputy):
    third = colleague(world.gendarme, "agency_partner")
    cover = named(world.gendarme, world.gendarme, deputy)
    as_deputy = deputy.person.viewer(cover.seat_id)
    with pytest.raises(NotFound), acting_as(as_deputy) as viewer:
        name_deputy(
            viewer,
            cover.seat_id,
            deputy_id=third.person.seat_id,
            starts_at=now(),
            ends_at=now() + timedelta(days=1),
        )
    with injected(world.cell_admin) as connection:
        assert refusal(connection, NAME, cover.seat_id, third.person.seat_id, 3) == FORBIDDEN
        assert refusal(connection, NAME, third.person.seat_id, cover.seat_id, 3) == FORBIDDEN


def test_who_is_away_does_not_stand_in(world, deputy):
    third = colleague(world.gendarme, "agency_partner")
    named(deputy, deputy, third)
    with pytest.raises(Invalid) as refused:
        named(world.gendarme, world.gendarme, deputy)
    assert "deputy" in refused.value.fields
    with injected(world.gendarme) as connection:
        seats = (world.gendarme.person.seat_id, deputy.person.seat_id)
        assert refusal(connection, NAME, *seats, 3) == "23514"


@pytest.mark.parametrize(("days", "after"), [(-1, 0), (400, 0), (3, 400)])
def test_dates_that_cannot_be_are_refused(world, deputy, days, after):
    with pytest.raises(Invalid):
        named(world.gendarme, world.gendarme, deputy, days=days, after=after)


def test_a_fresh_factor_is_needed(world, deputy):
    found = ScopeSession.objects.using("signin")
    found.filter(account_id=world.gendarme.person.account_id).update(
        factor_at=now() - timedelta(minutes=6)
    )
    with pytest.raises(StepUpRequired):
        named(world.gendarme, world.gendarme, deputy)
    with injected(world.gendarme) as connection:
        seats = (world.gendarme.person.seat_id, deputy.person.seat_id)
        assert refusal(connection, NAME, *seats, 3) == FORBIDDEN


@pytest.mark.parametrize("who", ["police", "coordinator", "pilot", "auditor"])
def test_nobody_else_names_a_deputy(world, deputy, who):
    seat = world.everybody()[who]
    with pytest.raises(NotFound):
        named(seat, world.gendarme, deputy)
    with injected(seat) as connection:
        seats = (world.gendarme.person.seat_id, deputy.person.seat_id)
        assert refusal(connection, NAME, *seats, 3) == FORBIDDEN


def test_either_person_stops_it_and_it_is_said_once(world, deputy):
    cover = named(world.gendarme, world.gendarme, deputy)
    viewer = deputy.person.viewer(cover.seat_id)
    with acting_as(deputy.viewer) as bound:
        end_cover(bound, cover.pk)
    with pytest.raises(SignInRequired), acting_as(viewer):
        pass
    with pytest.raises(WrongState), acting_as(world.gendarme.viewer) as bound:
        end_cover(bound, cover.pk)
    with pytest.raises(NotFound), acting_as(world.police.viewer) as bound:
        end_cover(bound, cover.pk)


def test_both_are_told(world, deputy):
    named(world.cell_admin, world.gendarme, deputy)
    told = OutboxItem.objects.using("worker").filter(cell_id=world.cell.pk, kind="deputy.named")
    assert set(told.values_list("recipient", flat=True)) == {
        world.gendarme.person.account_id,
        deputy.person.account_id,
    }


def test_the_page_names_a_deputy_keeps_what_was_typed_and_lists_the_cover(world, deputy):
    page = reverse("agencies:absence")
    today = now().date()
    typed = {
        "deputy": str(deputy.person.seat_id),
        "starts_on": today.isoformat(),
        "ends_on": (today - timedelta(days=3)).isoformat(),
    }
    refused = world.gendarme.browser.post(page, typed)
    assert refused.status_code == 422
    assert typed["ends_on"] in refused.content.decode()
    typed["ends_on"] = (today + timedelta(days=3)).isoformat()
    sent = world.gendarme.browser.post(page, typed, follow=True)
    assert sent.redirect_chain[0][1] == 302
    assert "Chacun est prévenu" in sent.text
    assert _newest(world).state == "confirmed"
    listed = world.gendarme.browser.get(page).content.decode()
    assert deputy.person.memberships[0].display_name in listed
    stop = reverse("agencies:stop_cover", args=[_newest(world).pk])
    assert browser_of(deputy.person).post(stop).status_code == 302


def _newest(world) -> Absence:
    with acting_as(world.gendarme.viewer):
        return Absence.objects.latest("created_at")
