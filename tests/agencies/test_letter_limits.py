"""Five letters a day for one invitation, fifty a day for one who invites, however they are sent."""

from datetime import timedelta

import psycopg
import pytest
from django.urls import reverse

from agencies.models import Invitation
from agencies.services.handle_invitation import confirm_invitation, send_again, withdraw_invitation
from kernel.errors import TooMany
from tests.agencies.factories import a_person, an_accession
from tests.agencies.inviting import (
    INSERT,
    a_proposal,
    as_page,
    as_second,
    invited_by,
    letters_to,
    stored,
)
from tests.support.at_once import at_once
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.world import browser_of

pytestmark = pytest.mark.database
AGAIN = "UPDATE agencies_invitation SET sending = sending + 1 WHERE id = %s"


@pytest.fixture
def place(cell):
    return an_accession(cell, kind="gendarmerie")


@pytest.fixture
def lead(place):
    """Who invites into the own agency, alone."""
    return a_person(place, "agency_lead")


def has_sent(one, letters, age=timedelta(hours=1)):
    """As if this many letters had left this long ago: no trigger looks while it is written."""
    with admin(database_name()) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "UPDATE agencies_invitation SET letters = array_fill(now() - %s, ARRAY[%s])"
            " WHERE id = %s",
            [age, letters, one.pk],
        )


def test_one_invitation_is_sent_five_times_a_day(place, lead):
    proposal = a_proposal(place)
    invitation = invited_by(lead, proposal)
    browser = browser_of(lead)
    again = reverse("agencies:send_again", args=[invitation.pk])
    for _time in range(4):
        assert browser.post(again).status_code == 302
    refused = browser.post(again)
    assert refused.status_code == 429
    assert "réessayez demain" in refused.content.decode()
    assert len(letters_to(proposal.address)) == 5
    has_sent(invitation, 5, timedelta(hours=25))
    assert browser.post(again).status_code == 302
    assert len(letters_to(proposal.address)) == 6


def test_fifty_a_day_for_one_who_invites_and_the_form_keeps_what_was_typed(place, lead):
    old = invited_by(lead, a_proposal(place))
    has_sent(old, 49)
    as_second(lead, withdraw_invitation, old)
    invited_by(lead, a_proposal(place))
    typed = {
        "accession": str(place.pk),
        "roles": ["agency_partner"],
        "address": "cinquante.et.unieme@essais.exemple",
        "display_name": "Cinquante et Unième",
    }
    browser = browser_of(lead)
    refused = browser.post(reverse("agencies:invite"), typed)
    assert refused.status_code == 429
    page = refused.content.decode()
    assert "Cinquante invitations sont déjà parties" in page
    assert "Cinquante et Unième" in page
    assert letters_to(typed["address"]) == []
    # Somebody else's day is another one.
    assert invited_by(a_person(place, "agency_lead"), a_proposal(place)).state == "sent"
    has_sent(old, 49, timedelta(hours=25))
    assert browser.post(reverse("agencies:invite"), typed).status_code == 302


def test_a_letter_that_a_second_person_lets_leave_counts_for_who_invites(
    cell, place, admin_of, second_admin
):
    waiting = invited_by(admin_of, a_proposal(place))
    other = invited_by(admin_of, a_proposal(place))
    has_sent(other, 50)
    with pytest.raises(TooMany):
        as_second(second_admin, confirm_invitation, waiting)
    assert stored(waiting)[0] == "waiting"
    has_sent(other, 49)
    as_second(second_admin, confirm_invitation, waiting)
    assert stored(waiting)[0] == "sent"


def test_of_eight_who_send_again_at_the_same_moment_four_do(place, lead):
    proposal = a_proposal(place)
    invitation = invited_by(lead, proposal)
    answers = at_once(
        "SELECT 1 FROM agencies_invitation WHERE id = %s FOR UPDATE",
        invitation.pk,
        acts=[lambda: as_second(lead, send_again, invitation)] * 8,
    )
    assert sum(isinstance(answer, TooMany) for answer in answers) == 4
    assert sum(isinstance(answer, Invitation) for answer in answers) == 4


def test_of_six_who_invite_at_the_same_moment_two_find_room(place, lead):
    has_sent(invited_by(lead, a_proposal(place)), 48)
    answers = at_once(
        "SELECT pg_advisory_xact_lock(hashtextextended('letters of ' || %s, 0))",
        str(lead.account_id),
        acts=[lambda: invited_by(lead, a_proposal(place))] * 6,
    )
    assert sum(isinstance(answer, Invitation) for answer in answers) == 2
    assert sum(isinstance(answer, TooMany) for answer in answers) == 4


def test_the_database_counts_without_the_page(cell, place, lead):
    invitation = invited_by(lead, a_proposal(place))
    with as_page(lead) as connection:
        for _time in range(4):
            connection.execute(AGAIN, [invitation.pk])
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(AGAIN, [invitation.pk])
    other = invited_by(lead, a_proposal(place))
    has_sent(other, 49)
    values = [cell.pk, place.pk, place.agency_id, ["agency_partner"], "sent", lead.account_id]
    with as_page(lead) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(INSERT, values)
    with as_page(lead) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("UPDATE agencies_invitation SET letters = '{}'")
