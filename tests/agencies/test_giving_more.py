"""More secrets or more time for a place is the place given again: by two where two gave it."""

import html
import re
from datetime import timedelta

import psycopg
import pytest
from django.urls import reverse
from django.utils import timezone

from agencies.models import Membership, RoleChange
from agencies.operator import ALIAS
from agencies.services.change_roles import Wanted, change_roles, confirm_change
from kernel.clock import FOREVER, now
from kernel.errors import NotAllowed
from kernel.scope import acting_as
from tests.agencies.factories import a_person, an_accession
from tests.agencies.inviting import as_page, as_second
from tests.support.world import browser_of

pytestmark = pytest.mark.database
ENDS = (now() + timedelta(days=30)).replace(microsecond=0)
BY_TWO = [
    ("dsden", "departmental_officer"),
    ("dsden", "cell_coordinator"),
    ("prosecutor", "prosecutor_delegate"),
    ("school", "school_pilot"),
    ("gendarmerie", "agency_partner"),
]
FORGED = (
    "INSERT INTO agencies_role_change (id, cell_id, membership_id, agency_id, account_id,"
    " previous_roles, roles, bound_by_secrecy, valid_until, state, proposed_by, created_at)"
    " SELECT gen_random_uuid(), m.cell_id, m.id, m.agency_id, m.account_id, m.roles, m.roles,"
    " %s, %s, 'applied', %s, now() FROM agencies_membership m WHERE m.id = %s"
)


def held_until(person, ends, *, secrecy=False):
    """The place of this person, as it is from now on."""
    place = Membership.objects.using(ALIAS).filter(pk=person.seat_id)
    place.update(valid_until=ends, bound_by_secrecy=secrecy)
    return place


def changed_by(who, person, *, until=ENDS, secrecy=False):
    roles = Membership.objects.using(ALIAS).get(pk=person.seat_id).roles
    wanted = Wanted(tuple(roles), bound_by_secrecy=secrecy, valid_until=until)
    with acting_as(who.viewer()) as viewer:
        return change_roles(viewer, person.seat_id, wanted)


@pytest.mark.parametrize("more", [{"secrecy": True}, {"until": FOREVER}], ids=("secrets", "time"))
@pytest.mark.parametrize(("kind", "role"), BY_TWO)
def test_more_of_what_two_give_waits_for_the_second(cell, admin_of, second_admin, kind, role, more):
    person = a_person(an_accession(cell, kind=kind), role)
    place = held_until(person, ENDS)
    change = changed_by(admin_of, person, **more)
    assert change.state == RoleChange.State.WAITING
    assert (place.get().valid_until, place.get().bound_by_secrecy) == (ENDS, False)
    with pytest.raises(NotAllowed):
        as_second(admin_of, confirm_change, change)
    as_second(second_admin, confirm_change, change)
    given = (more.get("until", ENDS), more.get("secrecy", False))
    assert (place.get().valid_until, place.get().bound_by_secrecy) == given


@pytest.mark.parametrize(("kind", "role"), BY_TWO)
@pytest.mark.parametrize(
    ("secrecy", "until"),
    [(True, ENDS), (False, ENDS + timedelta(seconds=1))],
    ids=("secrets", "time"),
)
def test_the_database_gives_no_more_on_one_persons_word(cell, admin_of, kind, role, secrecy, until):
    person = a_person(an_accession(cell, kind=kind), role)
    place = held_until(person, ENDS)
    with as_page(admin_of) as connection, pytest.raises(psycopg.Error) as refused:
        connection.execute(FORGED, [secrecy, until, admin_of.account_id, person.seat_id])
    assert refused.value.sqlstate == "42501"
    assert (place.get().valid_until, place.get().bound_by_secrecy) == (ENDS, False)


def test_less_needs_one_person_and_so_does_what_one_person_gives(cell, admin_of):
    place = an_accession(cell, kind="gendarmerie")
    sooner = ENDS - timedelta(days=1)
    partner = a_person(place, "agency_partner")
    held = held_until(partner, ENDS, secrecy=True)
    changed_by(admin_of, partner, until=sooner)
    assert (held.get().valid_until, held.get().bound_by_secrecy) == (sooner, False)
    changed_by(a_person(place, "agency_lead"), partner, until=FOREVER, secrecy=True)
    assert (held.get().valid_until, held.get().bound_by_secrecy) == (FOREVER, True)
    reporter = a_person(an_accession(cell, kind="school"), "school_reporter")
    held = held_until(reporter, ENDS)
    assert changed_by(admin_of, reporter, until=FOREVER).state == RoleChange.State.APPLIED
    secret = changed_by(admin_of, reporter, until=FOREVER, secrecy=True)
    assert secret.state == RoleChange.State.WAITING
    coordinator = a_person(an_accession(cell, kind="dsden"), "cell_coordinator")
    page = browser_of(coordinator).get(reverse("agencies:to_confirm")).content.decode()
    assert "Devient tenu au secret professionnel." in page
    as_second(coordinator, confirm_change, secret)
    assert held.get().bound_by_secrecy


def test_an_agency_confirms_for_itself_that_somebody_stays(cell, admin_of, second_admin):
    place = an_accession(cell, kind="gendarmerie")
    lead, partner = a_person(place, "agency_lead"), a_person(place, "agency_partner")
    held = held_until(partner, ENDS)
    change = changed_by(admin_of, partner, until=FOREVER)
    with pytest.raises(NotAllowed):
        as_second(second_admin, confirm_change, change)
    with as_page(second_admin) as connection, pytest.raises(psycopg.Error) as refused:
        connection.execute(
            "UPDATE agencies_role_change SET state = 'applied', confirmed_by = %s WHERE id = %s",
            [second_admin.account_id, change.pk],
        )
    assert refused.value.sqlstate == "42501"
    as_second(lead, confirm_change, change)
    assert held.get().valid_until == FOREVER


def test_the_pages_say_that_it_waits_and_what_would_be_given(dsden, admin_of, second_admin):
    person = a_person(dsden, "departmental_officer")
    place = held_until(person, ENDS)
    here = reverse("agencies:change_roles", args=[person.seat_id])
    browser = browser_of(admin_of)
    assert "demande une deuxième personne" in browser.get(here).content.decode()
    later = timezone.localtime(ENDS) + timedelta(days=9)
    typed = {
        "roles": ["departmental_officer"],
        "bound_by_secrecy": "on",
        "valid_until": later.date().isoformat(),
    }
    page = browser.post(here, typed, follow=True).content.decode()
    assert "Le changement attend" in page
    assert place.get().valid_until == ENDS
    second = browser_of(second_admin)
    page = second.get(reverse("agencies:to_confirm")).content.decode()
    assert "Devient tenu au secret professionnel." in page
    assert f"Prolongé jusqu'au {later.day} " in html.unescape(page)
    second.post(re.search(r'action="(/personnes/[^"]*/confirmer/)"', page)[1])
    assert (place.get().valid_until > ENDS, place.get().bound_by_secrecy) == (True, True)
