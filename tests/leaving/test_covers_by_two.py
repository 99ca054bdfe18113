"""A cover brings nobody into an agency's cases on one person's word."""

from datetime import timedelta

import pytest
from django.urls import reverse

from agencies.models import Absence, Membership
from agencies.operator import ALIAS
from agencies.services.cover import confirm_deputy, end_cover, may_confirm
from kernel.clock import now
from kernel.errors import NotAllowed, NotFound, WrongState
from kernel.models import OutboxItem
from kernel.scope import acting_as
from tests.leaving.test_covering import FORBIDDEN, NAME, colleague, named
from tests.support.walls import injected, refusal
from tests.support.world import Seated

pytestmark = pytest.mark.database

CONFIRM = "SELECT agencies.confirm_deputy(%s)"
STOP = "SELECT agencies.end_cover(%s)"

GAINS = {
    "a member of a school's team by its staff": (
        "pilot",
        "resource_team_member",
        "school_reporter",
    ),
    "who leads by a partner": ("gendarme", "agency_lead", "agency_partner"),
    "a partner by who protects data": ("coordinator", "agency_partner", "dpo"),
    "a partner by who watches": ("coordinator", "agency_partner", "auditor"),
}


def state_by_sql(by: Seated, away: Seated, deputy: Seated) -> str:
    """How the database alone answers somebody who names a deputy."""
    with injected(by) as connection:
        seats = (away.person.seat_id, deputy.person.seat_id)
        (state,) = connection.execute(NAME, (*seats, 3)).fetchone()
        connection.rollback()
    return state


def refused_twice(who: Seated, cover: Absence) -> None:
    """Neither the page's service nor the database lets this person confirm."""
    with pytest.raises((NotAllowed, NotFound)), acting_as(who.viewer) as viewer:
        confirm_deputy(viewer, cover.pk)
    with injected(who) as connection:
        assert refusal(connection, CONFIRM, cover.pk) == FORBIDDEN


def confirms(who: Seated, cover: Absence) -> None:
    """Both let this person confirm."""
    with injected(who) as connection:
        assert refusal(connection, CONFIRM, cover.pk) == "1 rows"
    with acting_as(who.viewer) as viewer:
        confirm_deputy(viewer, cover.pk)
        assert Absence.objects.get(pk=cover.pk).state == "confirmed"


@pytest.mark.parametrize("asked_by", ["the administration", "the absent person"])
@pytest.mark.parametrize("case", GAINS)
def test_a_role_that_works_on_cases_waits(world, case, asked_by):
    at, role, holds = GAINS[case]
    away, deputy = (colleague(world.everybody()[at], name) for name in (role, holds))
    by = world.cell_admin if asked_by == "the administration" else away
    assert world.cell_admin.viewer
    if (role, by) == ("agency_lead", away):
        # Who leads an agency gives this role there alone.
        assert state_by_sql(by, away, deputy) == "confirmed"
        return
    assert state_by_sql(by, away, deputy) == "proposed"
    cover = named(by, away, deputy)
    assert (cover.state, cover.seat_id) == ("proposed", None)
    for nobody in (by, away, deputy):
        refused_twice(nobody, cover)
    confirms(colleague(world.coordinator, "cell_admin"), cover)


@pytest.mark.parametrize(
    ("at", "role"),
    [
        ("pilot", "resource_team_member"),
        ("gendarme", "agency_partner"),
        ("gendarme", "agency_lead"),
        ("prosecutor", "prosecutor_delegate"),
    ],
)
def test_who_holds_the_roles_in_this_agency_takes_over_at_once(world, at, role):
    place = world.everybody()[at]
    away, deputy = colleague(place, role), colleague(place, role)
    assert world.cell_admin.viewer
    assert state_by_sql(world.cell_admin, away, deputy) == "confirmed"
    assert named(away, away, deputy).state == "confirmed"


def test_a_place_that_begins_after_the_cover_is_none_yet(world, deputy_later):
    away = colleague(world.gendarme, "agency_partner")
    assert state_by_sql(away, away, deputy_later) == "proposed"
    assert named(away, away, deputy_later).state == "proposed"


@pytest.fixture
def deputy_later(world) -> Seated:
    seat = colleague(world.gendarme, "agency_partner")
    places = Membership.objects.using(ALIAS).filter(pk=seat.person.seat_id)
    places.update(valid_from=now() + timedelta(days=2))
    return seat


def test_who_leads_an_agency_has_its_people_covered_by_whom_they_choose(world):
    lead = world.gendarme_lead
    assert lead.viewer
    away, deputy = colleague(world.gendarme, "agency_partner"), colleague(world.gendarme, "auditor")
    assert state_by_sql(lead, away, deputy) == "confirmed"
    assert named(lead, away, deputy).state == "confirmed"
    # Not what is not theirs to give.
    watches = colleague(world.gendarme, "auditor")
    at_school = colleague(world.gendarme, "agency_partner", "agency_lead")
    assert named(lead, at_school, watches).state == "confirmed"


def test_a_school_head_leaves_the_team_to_whom_they_choose(world):
    head = colleague(world.pilot, "school_head", "resource_team_member")
    other = colleague(world.pilot, "school_head")
    assert named(head, head, other).state == "confirmed"
    # The school itself stays with two people.
    staff = colleague(world.pilot, "school_reporter")
    assert named(head, head, staff, after=9).state == "proposed"


def test_at_a_prosecutors_office_nobody_leads_alone(world):
    lead = colleague(world.prosecutor, "agency_lead")
    away, deputy = (colleague(world.prosecutor, name) for name in ("agency_partner", "auditor"))
    assert state_by_sql(lead, away, deputy) == "proposed"
    cover = named(lead, away, deputy)
    assert world.prosecutor.viewer
    assert world.cell_admin.viewer
    refused_twice(world.cell_admin, cover)
    confirms(world.prosecutor, cover)


def test_an_agency_with_a_lead_confirms_for_itself(world):
    lead = world.gendarme_lead
    assert lead.viewer
    second_admin = colleague(world.coordinator, "cell_admin")
    away, deputy = colleague(world.gendarme, "agency_partner"), colleague(world.gendarme, "auditor")
    cover = named(world.cell_admin, away, deputy)
    for nobody in (second_admin, world.police, world.coordinator):
        assert nobody.viewer
        refused_twice(nobody, cover)
    asked = OutboxItem.objects.using("worker").filter(cell_id=world.cell.pk, kind="deputy.asked")
    assert set(asked.values_list("recipient", flat=True)) == {lead.person.account_id}
    confirms(lead, cover)


def test_a_head_finds_what_waits_in_the_school_and_confirms_it(world):
    head = colleague(world.pilot, "school_head")
    away, deputy = (
        colleague(world.pilot, name) for name in ("resource_team_member", "school_reporter")
    )
    page = reverse("agencies:cover", args=[away.person.seat_id])
    today = now().date()
    typed = {
        "deputy": str(deputy.person.seat_id),
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=3)).isoformat(),
    }
    assert world.cell_admin.viewer
    sent = world.cell_admin.browser.post(page, typed, follow=True)
    assert sent.redirect_chain[0][1] == 302
    assert "une seconde personne doit le confirmer" in sent.text
    assert "Chacun est prévenu" not in sent.text
    with acting_as(head.viewer) as viewer:
        (cover,) = Absence.objects.filter(membership_id=away.person.seat_id)
        assert may_confirm(viewer, cover)
    assert cover.state == "proposed"
    confirm = reverse("agencies:confirm_cover", args=[cover.pk])
    absences = reverse("agencies:absence")
    assert confirm in head.browser.get(absences).content.decode()
    assert "Retirer la demande" in away.browser.get(absences).content.decode()
    assert "Retirer la demande" not in deputy.browser.get(absences).content.decode()
    for nobody in (world.cell_admin, away, deputy):
        assert confirm not in nobody.browser.get(absences).content.decode()
        assert nobody.browser.post(confirm).status_code in {403, 404}
    assert head.browser.post(confirm).status_code == 302
    with acting_as(head.viewer):
        assert Absence.objects.get(pk=cover.pk).state == "confirmed"


def test_who_could_confirm_turns_it_down_and_nobody_else_does(world):
    away, deputy = colleague(world.gendarme, "agency_partner"), colleague(world.gendarme, "auditor")
    cover = named(away, away, deputy)
    assert world.coordinator.viewer
    assert world.police.viewer
    with injected(world.police) as connection:
        assert refusal(connection, STOP, cover.pk) == FORBIDDEN
    with pytest.raises(NotFound), acting_as(world.police.viewer) as viewer:
        end_cover(viewer, cover.pk)
    with injected(world.coordinator) as connection:
        assert refusal(connection, STOP, cover.pk) == "1 rows"
    with acting_as(world.coordinator.viewer) as viewer:
        end_cover(viewer, cover.pk)


def test_what_somebody_proposed_who_no_longer_may_is_not_confirmed(world):
    admin = colleague(world.coordinator, "cell_admin")
    away, deputy = colleague(world.gendarme, "agency_partner"), colleague(world.gendarme, "auditor")
    cover = named(admin, away, deputy)
    places = Membership.objects.using(ALIAS).filter(pk=admin.person.seat_id)
    places.update(roles=["dpo"])
    assert world.cell_admin.viewer
    with pytest.raises(WrongState) as refused, acting_as(world.cell_admin.viewer) as viewer:
        confirm_deputy(viewer, cover.pk)
    assert "ne pourrait plus le prévoir" in str(refused.value.message)
    with injected(world.cell_admin) as connection:
        assert refusal(connection, CONFIRM, cover.pk) == FORBIDDEN
    places.update(roles=["cell_admin"])
    confirms(world.cell_admin, cover)
