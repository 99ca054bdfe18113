"""What waits for a second person waits fourteen days, and only while both people still count."""

from datetime import timedelta

import psycopg
import pytest
from django.urls import reverse

from agencies.models import Invitation, Membership, RoleChange
from agencies.operator import ALIAS
from agencies.services.change_roles import Wanted, change_roles, confirm_change, refuse_change
from agencies.services.handle_invitation import confirm_invitation, refuse_invitation
from agencies.tasks import end_lapsed
from kernel.clock import FOREVER
from kernel.errors import Conflict, WrongState
from kernel.scope import acting_as
from tests.agencies.factories import a_browser, a_person, an_accession
from tests.agencies.inviting import (
    CONFIRM,
    a_proposal,
    as_page,
    as_second,
    invited_by,
    letters_to,
    link_to,
    stored,
)
from tests.support.database import admin
from tests.support.searching import database_name, tables_holding
from tests.support.world import browser_of

pytestmark = pytest.mark.database
WAITS = timedelta(days=14)
INVITATIONS, CHANGES = "agencies_invitation", "agencies_role_change"
APPLY = "UPDATE agencies_role_change SET state = 'applied', confirmed_by = %s WHERE id = %s"


def proposed(who, person, role="departmental_officer"):
    """A change that waits for a second person."""
    wanted = Wanted((role,), bound_by_secrecy=False, valid_until=FOREVER)
    with acting_as(who.viewer()) as viewer:
        return change_roles(viewer, person.seat_id, wanted)


def waiting_since(table, one, age):
    """As if it had been proposed this long ago: no trigger looks while this is written."""
    with admin(database_name()) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            f"UPDATE {table} SET created_at = now() - %s WHERE id = %s", [age, one.pk]
        )


def state_of(table, one):
    with admin(database_name()) as connection:
        found = connection.execute(f"SELECT state, ended_at FROM {table} WHERE id = %s", [one.pk])
        return found.fetchone()


def recorded_about(one):
    """What the record says of it, oldest first."""
    with admin(database_name()) as connection:
        found = connection.execute(
            "SELECT kind FROM audit_entry WHERE subject_id = %s ORDER BY id", [one.pk]
        )
        return [kind for (kind,) in found.fetchall()]


def becomes(person, *roles):
    """This person stays in the cell, in other roles."""
    Membership.objects.using(ALIAS).filter(pk=person.seat_id).update(roles=list(roles))


@pytest.fixture
def invitation(cell, admin_of):
    """One that waits."""
    return invited_by(admin_of, a_proposal(an_accession(cell, kind="dsden"), "auditor"))


@pytest.fixture
def change(dsden, admin_of):
    """One that waits."""
    return proposed(admin_of, a_person(dsden, "agency_partner"))


@pytest.mark.parametrize(("age", "confirmed"), [(WAITS - timedelta(minutes=1), 1), (WAITS, 0)])
def test_the_database_lets_nobody_confirm_after_fourteen_days(
    second_admin, invitation, change, age, confirmed
):
    for table, one, statement in ((INVITATIONS, invitation, CONFIRM), (CHANGES, change, APPLY)):
        waiting_since(table, one, age)
        with as_page(second_admin) as connection:
            try:
                done = connection.execute(statement, [second_admin.account_id, one.pk]).rowcount
            except psycopg.errors.InsufficientPrivilege:
                done = 0
        assert done == confirmed, table


def test_nor_do_the_pages_which_say_until_when_it_waits(second_admin, invitation, change):
    browser = browser_of(second_admin)
    address = reverse("agencies:to_confirm")
    confirm = [
        reverse("agencies:confirm_invitation", args=[invitation.pk]),
        reverse("agencies:confirm_change", args=[change.pk]),
    ]
    page = browser.get(address).content.decode()
    assert page.count("À confirmer avant le") == 2
    assert "quatorze jours" in page
    waiting_since(INVITATIONS, invitation, WAITS)
    waiting_since(CHANGES, change, WAITS)
    assert "À confirmer avant le" not in browser.get(address).content.decode()
    for act in confirm:
        answer = browser.post(act)
        assert answer.status_code == 409
        assert "dans les quatorze jours : elle est abandonnée" in answer.content.decode()
    one = browser.get(reverse("agencies:invitation", args=[invitation.pk])).content.decode()
    assert "Non confirmée à temps" in one
    for act, waiting in ((refuse_invitation, invitation), (refuse_change, change)):
        with pytest.raises(WrongState):
            as_second(second_admin, act, waiting)


def test_nobody_makes_a_proposal_wait_longer(cell, admin_of, second_admin):
    place = an_accession(cell, kind="dsden")
    forged = (
        "INSERT INTO agencies_invitation (id, cell_id, accession_id, agency_id, roles,"
        " bound_by_secrecy, address, display_name, job_title, valid_until, state, invited_by,"
        " sending, created_at) VALUES (gen_random_uuid(), %s, %s, %s, '{auditor}', false,"
        " %s, 'X', '', '9999-12-31', 'waiting', %s, 0, now() + interval '9 days')"
        " RETURNING created_at <= now()"
    )
    values = [cell.pk, place.pk, place.agency_id, a_proposal(place).address, admin_of.account_id]
    with as_page(admin_of) as connection:
        assert connection.execute(forged, values).fetchone() == (True,)


def test_what_waited_too_long_is_swept_and_forgets_whom_it_was_for(cell, admin_of, change):
    proposal = a_proposal(an_accession(cell, kind="dsden"), "auditor")
    old = invited_by(admin_of, proposal)
    young = invited_by(admin_of, a_proposal(an_accession(cell, kind="dsden"), "auditor"))
    waiting_since(INVITATIONS, old, WAITS + timedelta(hours=5))
    waiting_since(CHANGES, change, WAITS + timedelta(hours=5))
    assert end_lapsed() >= 2
    for table, one in ((INVITATIONS, old), (CHANGES, change)):
        state, ended_at = state_of(table, one)
        assert state == "lapsed"
        assert ended_at is not None
    assert recorded_about(old)[-1] == "invitation.lapsed"
    assert recorded_about(change)[-1] == "role.lapsed"
    assert "invitation.lapsed" not in recorded_about(young)
    assert tables_holding(proposal.address) == []
    assert state_of(INVITATIONS, young)[0] == "waiting"


def test_what_waited_too_long_is_in_nobodys_way(cell, dsden, admin_of):
    proposal = a_proposal(an_accession(cell, kind="dsden"), "auditor")
    old = invited_by(admin_of, proposal)
    person = a_person(dsden, "agency_partner")
    waits = proposed(admin_of, person)
    with pytest.raises(Conflict):
        invited_by(admin_of, proposal)
    with pytest.raises(Conflict):
        proposed(admin_of, person)
    waiting_since(INVITATIONS, old, WAITS)
    waiting_since(CHANGES, waits, WAITS)
    assert invited_by(admin_of, proposal).state == Invitation.State.WAITING
    assert proposed(admin_of, person).state == RoleChange.State.WAITING
    assert (state_of(INVITATIONS, old)[0], state_of(CHANGES, waits)[0]) == ("lapsed", "lapsed")


@pytest.mark.parametrize("forged", [INVITATIONS, CHANGES])
def test_nobody_ends_a_proposal_before_its_time_as_if_by_itself(
    second_admin, invitation, change, forged
):
    with as_page(second_admin) as connection, pytest.raises(psycopg.Error) as refused:
        connection.execute(f"UPDATE {forged} SET state = 'lapsed'")
    assert refused.value.sqlstate == "42501"


def test_what_somebody_proposed_who_could_not_do_so_today_is_not_confirmed(
    admin_of, second_admin, invitation, change
):
    browser = browser_of(second_admin)
    becomes(admin_of, "agency_partner")
    assert "À confirmer avant le" not in (
        browser.get(reverse("agencies:to_confirm")).content.decode()
    )
    for address in (
        reverse("agencies:confirm_invitation", args=[invitation.pk]),
        reverse("agencies:confirm_change", args=[change.pk]),
    ):
        answer = browser.post(address)
        assert answer.status_code == 409
        assert "ne peut plus la faire" in answer.content.decode()
    for statement, one in ((CONFIRM, invitation), (APPLY, change)):
        with as_page(second_admin) as connection, pytest.raises(psycopg.Error) as refused:
            connection.execute(statement, [second_admin.account_id, one.pk])
        assert refused.value.sqlstate == "42501"
    as_second(second_admin, refuse_invitation, invitation)
    as_second(second_admin, refuse_change, change)
    assert stored(invitation)[0] == "refused"


def test_a_place_that_one_lead_offers_needs_who_still_leads(cell):
    place = an_accession(cell, kind="gendarmerie")
    lead = a_person(place, "agency_lead")
    proposal = a_proposal(place)
    invited_by(lead, proposal)
    link = link_to(proposal.address)
    assert a_browser().get(link).status_code == 200
    # Who administers may offer this too, but not alone.
    becomes(lead, "cell_admin")
    assert a_browser().get(link).status_code == 404


@pytest.mark.parametrize(
    ("kind", "second_at", "second", "role", "then"),
    [
        ("crip", "dsden", "cell_admin", "auditor", "agency_partner"),
        ("police", "dsden", "cell_coordinator", "agency_partner", "agency_partner"),
        ("prosecutor", "", "prosecutor", "prosecutor_delegate", "agency_partner"),
        ("gendarmerie", "", "agency_lead", "agency_partner", "agency_partner"),
        ("school", "", "school_head", "school_pilot", "school_reporter"),
    ],
)
def test_the_link_opens_only_while_the_second_persons_say_counts(
    cell, dsden, admin_of, kind, second_at, second, role, then
):
    place = an_accession(cell, kind=kind)
    confirmer = a_person(dsden if second_at else place, second)
    proposal = a_proposal(place, role)
    invitation = invited_by(admin_of, proposal)
    as_second(confirmer, confirm_invitation, invitation)
    link = link_to(proposal.address)
    assert a_browser().get(link).status_code == 200
    becomes(confirmer, then)
    assert a_browser().get(link).status_code == 404
    becomes(confirmer, second)
    assert a_browser().get(link).status_code == 200
    assert len(letters_to(proposal.address)) == 1


def test_a_link_confirmed_from_outside_opens_also_when_the_agency_has_somebody_since(
    cell, admin_of, second_admin
):
    place = an_accession(cell, kind="police")
    proposal = a_proposal(place)
    invitation = invited_by(admin_of, proposal)
    as_second(second_admin, confirm_invitation, invitation)
    a_person(place, "agency_lead")
    assert a_browser().get(link_to(proposal.address)).status_code == 200
    as_second(second_admin, confirm_change, proposed(admin_of, a_person(place, "agency_partner")))
