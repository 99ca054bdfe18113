"""What somebody may do changes: by one person, by two, never by themself; and it shows at once."""

from datetime import timedelta

import psycopg
import pytest
from django.db import IntegrityError
from django.urls import reverse

from agencies.models import Membership, RoleChange
from agencies.operator import ALIAS
from agencies.services.change_roles import (
    Wanted,
    change_roles,
    confirm_change,
    refuse_change,
    withdraw_change,
)
from agencies.services.end_membership import end_membership
from kernel.clock import FOREVER, now
from kernel.errors import Conflict, Invalid, NotAllowed, NotFound, StepUpRequired, WrongState
from kernel.scope import acting_as
from tests.agencies.factories import OPERATOR, a_cell, a_person, an_accession
from tests.support.at_once import at_once
from tests.support.database import as_role
from tests.support.world import browser_of, stale

pytestmark = pytest.mark.database


def roles_of(person):
    return Membership.objects.using(ALIAS).get(pk=person.seat_id).roles


def changed_by(who, person, *roles, until=FOREVER, secrecy=False):
    wanted = Wanted(roles, bound_by_secrecy=secrecy, valid_until=until)
    with acting_as(who.viewer()) as viewer:
        return change_roles(viewer, person.seat_id, wanted)


def as_second(who, act, change):
    with acting_as(who.viewer()) as viewer:
        return act(viewer, change.pk)


def test_what_one_person_gives_takes_effect_in_an_open_session(gendarme):
    viewer = gendarme.viewer()
    lead = a_person(gendarme.memberships[0].accession, "agency_lead")
    changed_by(lead, gendarme, "agency_lead", "agency_partner")
    with acting_as(viewer) as fresh:
        assert fresh.roles == {"agency_lead", "agency_partner"}


def test_an_end_takes_effect_by_itself(admin_of, gendarme):
    ends = now() + timedelta(days=3)
    changed_by(admin_of, gendarme, "agency_partner", until=ends)
    assert Membership.objects.using(ALIAS).get(pk=gendarme.seat_id).valid_until == ends


def test_a_strong_role_waits_for_a_second_person(cell, admin_of, second_admin, dsden):
    person = a_person(dsden, "agency_partner")
    change = changed_by(admin_of, person, "departmental_officer")
    assert change.state == RoleChange.State.WAITING
    assert roles_of(person) == ["agency_partner"]
    for nobody in (admin_of, person):
        with pytest.raises((NotAllowed, NotFound)):
            as_second(nobody, confirm_change, change)
    as_second(second_admin, confirm_change, change)
    assert roles_of(person) == ["departmental_officer"]


@pytest.mark.parametrize("act", [refuse_change, withdraw_change])
def test_what_is_refused_or_withdrawn_changes_nothing(admin_of, second_admin, dsden, act):
    person = a_person(dsden, "agency_partner")
    change = changed_by(admin_of, person, "departmental_officer")
    as_second(second_admin, act, change)
    assert roles_of(person) == ["agency_partner"]
    with pytest.raises(WrongState):
        as_second(second_admin, confirm_change, change)


def test_the_last_who_coordinates_goes_on_until_somebody_else_does(admin_of, dsden):
    person = a_person(dsden, "cell_coordinator")
    with pytest.raises(Invalid) as refused:
        changed_by(admin_of, person, "agency_partner")
    assert "Personne d'autre" in str(refused.value.fields["roles"][0])


def test_taking_a_strong_role_away_needs_one_person(admin_of, dsden):
    person = a_person(dsden, "agency_partner", "cell_coordinator")
    a_person(dsden, "cell_coordinator")
    assert changed_by(admin_of, person, "agency_partner").state == RoleChange.State.APPLIED
    assert roles_of(person) == ["agency_partner"]


def test_nobody_changes_their_own_roles(admin_of):
    with pytest.raises(NotAllowed):
        changed_by(admin_of, admin_of, "auditor")


def test_a_lead_changes_partners_of_the_own_agency_and_nobody_else(cell, dsden):
    place = an_accession(cell, kind="police")
    lead, partner = a_person(place, "agency_lead"), a_person(place, "agency_partner")
    changed_by(lead, partner, "agency_lead")
    assert roles_of(partner) == ["agency_lead"]
    with pytest.raises(Invalid):
        changed_by(lead, partner, "cell_coordinator")
    with pytest.raises(NotFound):
        changed_by(lead, a_person(dsden, "agency_partner"), "agency_lead")


def test_nobody_changes_roles_in_another_cell(admin_of):
    stranger = a_person(an_accession(a_cell(), kind="dsden"), "agency_partner")
    with pytest.raises(NotFound):
        changed_by(admin_of, stranger, "agency_lead")


@pytest.mark.parametrize("roles", [(), ("auditor", "agency_partner"), ("prosecutor",), ("king",)])
def test_roles_that_do_not_go_there_are_refused(admin_of, gendarme, roles):
    with pytest.raises(Invalid):
        changed_by(admin_of, gendarme, *roles)


def test_changing_wants_a_fresh_factor(admin_of, gendarme):
    viewer = admin_of.viewer()
    stale(admin_of)
    wanted = Wanted(("agency_lead",), bound_by_secrecy=False, valid_until=FOREVER)
    with pytest.raises(StepUpRequired), acting_as(viewer) as bound:
        change_roles(bound, gendarme.seat_id, wanted)


def test_one_change_waits_at_a_time(admin_of, dsden):
    person = a_person(dsden, "agency_partner")
    changed_by(admin_of, person, "departmental_officer")
    with pytest.raises(Conflict):
        changed_by(admin_of, person, "cell_coordinator")


def test_a_place_that_has_ended_meanwhile_is_not_revived(admin_of, second_admin, dsden):
    person = a_person(dsden, "agency_partner")
    change = changed_by(admin_of, person, "departmental_officer")
    end_membership(OPERATOR, membership_id=person.seat_id)
    with pytest.raises(IntegrityError):
        as_second(second_admin, confirm_change, change)
    assert roles_of(person) == ["agency_partner"]


def test_of_two_who_confirm_at_the_same_moment_one_does(admin_of, second_admin, dsden):
    third, person = a_person(dsden, "cell_admin"), a_person(dsden, "agency_partner")
    change = changed_by(admin_of, person, "departmental_officer")
    answers = at_once(
        "SELECT 1 FROM agencies_role_change WHERE id = %s FOR UPDATE",
        change.pk,
        acts=[
            lambda who=who: as_second(who, confirm_change, change) for who in (second_admin, third)
        ],
    )
    assert sorted(isinstance(answer, WrongState) for answer in answers) == [False, True]
    assert roles_of(person) == ["departmental_officer"]


@pytest.mark.parametrize(
    "forged",
    [
        "UPDATE agencies_role_change SET state = 'applied', confirmed_by = proposed_by",
        "UPDATE agencies_role_change SET state = 'applied'",
        "UPDATE agencies_role_change SET roles = '{cell_admin}'",
        "UPDATE agencies_membership SET roles = '{cell_admin}'",
    ],
)
def test_the_database_lets_nobody_be_two(admin_of, dsden, forged):
    person = a_person(dsden, "agency_partner")
    changed_by(admin_of, person, "departmental_officer")
    with as_role("runtime") as connection:
        connection.execute("SELECT set_config('app.token', %s, false)", [admin_of.viewer().token])
        with pytest.raises(psycopg.Error) as refused:
            connection.execute(forged)
    assert refused.value.sqlstate in ("42501", "23514")
    assert roles_of(person) == ["agency_partner"]


PROLONG = (
    "INSERT INTO agencies_role_change (id, cell_id, membership_id, agency_id, account_id,"
    " previous_roles, roles, bound_by_secrecy, valid_until, state, proposed_by, created_at)"
    " SELECT gen_random_uuid(), m.cell_id, m.id, m.agency_id, m.account_id, m.roles, m.roles,"
    " m.bound_by_secrecy, %s, 'applied', %s, now() FROM agencies_membership m WHERE m.id = %s"
)


@pytest.mark.parametrize("kind", ["cover", "interim"])
def test_a_place_that_is_not_the_person_s_own_is_not_prolonged(admin_of, gendarme, kind):
    ends = now() + timedelta(days=3)
    place = Membership.objects.using(ALIAS).filter(pk=gendarme.seat_id)
    place.update(kind=kind, valid_until=ends)
    with as_role("runtime") as connection:
        connection.execute("SELECT set_config('app.token', %s, false)", [admin_of.viewer().token])
        with pytest.raises(psycopg.Error) as refused:
            connection.execute(
                PROLONG, [now() + timedelta(days=9), admin_of.account_id, gendarme.seat_id]
            )
    assert refused.value.sqlstate == "42501"
    assert place.get().valid_until == ends


def test_the_person_s_page_tells_the_history(admin_of, gendarme):
    changed_by(admin_of, gendarme, "agency_lead")
    browser = browser_of(admin_of)
    page = browser.get(reverse("agencies:person", args=[gendarme.seat_id])).content.decode()
    assert "Partenaire de la cellule" in page
    assert "Responsable dans son organisme" in page


def test_the_list_is_of_the_cell_for_who_administers_and_of_the_agency_for_who_leads(
    cell, admin_of, gendarme
):
    place = an_accession(cell, kind="police")
    lead = a_person(place, "agency_lead")
    colleague = a_person(place, "agency_partner")
    address = reverse("agencies:people")
    of_cell = browser_of(admin_of).get(address).content.decode()
    of_agency = browser_of(lead).get(address).content.decode()
    assert str(gendarme.seat_id) in of_cell
    assert str(colleague.seat_id) in of_cell
    assert str(gendarme.seat_id) not in of_agency
    assert str(colleague.seat_id) in of_agency


def test_the_list_is_narrowed_and_continued(cell, admin_of):
    place = an_accession(cell, kind="police")
    people = [a_person(place, "agency_partner") for _n in range(52)]
    browser, address = browser_of(admin_of), reverse("agencies:people")
    seen, url = set(), address + "?role=agency_partner"
    for _page in range(2):
        page = browser.get(url).content.decode()
        seen |= {one.seat_id for one in people if str(one.seat_id) in page}
        following = page.split('rel="next" href="')[-1].split('"')[0].replace("&amp;", "&")
        url = address + following
    assert len(seen) == 52
    name = people[7].memberships[0].display_name
    page = browser.get(address, {"nom": name}).content.decode()
    assert str(people[7].seat_id) in page
    assert str(people[8].seat_id) not in page
