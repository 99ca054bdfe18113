"""Who may invite whom as what, who must be the second person, in Python and in PostgreSQL."""

import psycopg
import pytest
from django.core import mail

from agencies.models import Invitation
from agencies.services.handle_invitation import (
    confirm_invitation,
    refuse_invitation,
    send_again,
    withdraw_invitation,
)
from agencies.services.invite import invite
from kernel.clock import now
from kernel.errors import Conflict, Invalid, NotAllowed, NotFound, StepUpRequired, WrongState
from kernel.models import OutboxItem, ScopeSession
from kernel.scope import acting_as
from tests.agencies.factories import a_cell, a_person, an_accession
from tests.agencies.inviting import a_proposal, invited_by, letters_to, link_to
from tests.support.at_once import at_once
from tests.support.database import admin, as_role
from tests.support.searching import database_name, tables_holding

pytestmark = pytest.mark.database

TWO_PEOPLE = [
    ("dsden", "cell_coordinator"),
    ("dsden", "departmental_officer"),
    ("prosecutor", "prosecutor"),
    ("prosecutor", "prosecutor_delegate"),
    ("dsden", "auditor"),
    ("dsden", "dpo"),
    ("dsden", "cell_admin"),
    ("school", "school_pilot"),
    ("school", "school_head"),
]
ONE_PERSON = [
    ("gendarmerie", "agency_partner"),
    ("police", "agency_lead"),
    ("school", "resource_team_member"),
    ("school", "school_reporter"),
]


@pytest.fixture
def dsden(cell):
    return an_accession(cell, kind="dsden")


@pytest.fixture
def admin_of(dsden):
    """Somebody who administers the cell."""
    return a_person(dsden, "cell_admin")


@pytest.fixture
def second_admin(dsden):
    """Somebody else who does."""
    return a_person(dsden, "cell_admin")


def stored(invitation):
    """The row as it is, whoever may see it."""
    with admin(database_name()) as connection:
        return connection.execute(
            "SELECT state, confirmed_by, token_hash, address FROM agencies_invitation"
            " WHERE id = %s",
            [invitation.pk],
        ).fetchone()


def as_second(person, act, invitation):
    with acting_as(person.viewer()) as viewer:
        return act(viewer, invitation.pk)


@pytest.mark.parametrize(("kind", "role"), ONE_PERSON)
def test_what_one_person_gives_is_sent_at_once(cell, admin_of, kind, role):
    proposal = a_proposal(an_accession(cell, kind=kind), role)
    assert invited_by(admin_of, proposal).state == Invitation.State.SENT
    assert len(letters_to(proposal.address)) == 1


@pytest.mark.parametrize(("kind", "role"), TWO_PEOPLE)
def test_what_two_people_give_waits_and_nothing_is_sent(cell, admin_of, second_admin, kind, role):
    proposal = a_proposal(an_accession(cell, kind=kind), role)
    invitation = invited_by(admin_of, proposal)
    assert invitation.state == Invitation.State.WAITING
    assert letters_to(proposal.address) == []
    with pytest.raises(NotAllowed):
        as_second(admin_of, confirm_invitation, invitation)
    as_second(second_admin, confirm_invitation, invitation)
    assert stored(invitation)[:2] == ("sent", second_admin.account_id)
    assert len(letters_to(proposal.address)) == 1


def test_a_second_person_is_told_without_a_word_about_whom(cell, admin_of, second_admin):
    mail.outbox.clear()
    proposal = a_proposal(an_accession(cell, kind="dsden"), "auditor")
    invited_by(admin_of, proposal)
    body = letters_to(second_admin.email)[-1]
    assert "/personnes/a-confirmer/" in body
    assert proposal.address not in body
    assert "Nouvelle" not in body


def test_a_prosecutors_office_confirms_for_itself_once_it_can(cell, admin_of, second_admin):
    office = an_accession(cell, kind="prosecutor")
    prosecutor = a_person(office, "prosecutor")
    elsewhere = a_person(an_accession(cell, kind="prosecutor"), "prosecutor")
    invitation = invited_by(admin_of, a_proposal(office, "prosecutor_delegate"))
    with pytest.raises(NotAllowed):
        as_second(second_admin, confirm_invitation, invitation)
    with pytest.raises(NotFound):
        as_second(elsewhere, confirm_invitation, invitation)
    as_second(prosecutor, confirm_invitation, invitation)
    assert stored(invitation)[0] == "sent"


def test_a_school_head_confirms_the_pilot(cell, admin_of, second_admin):
    school = an_accession(cell, kind="school")
    head = a_person(school, "school_head")
    other_head = a_person(an_accession(cell, kind="school"), "school_head")
    invitation = invited_by(admin_of, a_proposal(school, "school_pilot"))
    with pytest.raises(NotAllowed):
        as_second(second_admin, confirm_invitation, invitation)
    with pytest.raises(NotFound):
        as_second(other_head, confirm_invitation, invitation)
    as_second(head, confirm_invitation, invitation)
    assert stored(invitation)[1] == head.account_id


def test_the_heads_own_proposal_of_a_pilot_stands(cell):
    school = an_accession(cell, kind="school")
    head = a_person(school, "school_head")
    invitation = invited_by(head, a_proposal(school, "school_pilot"))
    assert invitation.state == Invitation.State.SENT


def test_without_a_head_the_departmental_officer_confirms_the_pilot(cell, dsden, admin_of):
    officer = a_person(dsden, "departmental_officer")
    invitation = invited_by(admin_of, a_proposal(an_accession(cell, kind="school"), "school_pilot"))
    as_second(officer, confirm_invitation, invitation)
    assert stored(invitation)[1] == officer.account_id


def test_the_invited_person_does_not_confirm_their_own_place(cell, admin_of, second_admin):
    proposal = a_proposal(an_accession(cell, kind="rectorate"), "dpo", address=second_admin.email)
    invitation = invited_by(admin_of, proposal)
    with pytest.raises(NotAllowed):
        as_second(second_admin, confirm_invitation, invitation)


@pytest.mark.parametrize(
    ("role", "kind", "own", "wanted"),
    [
        ("agency_lead", "gendarmerie", False, "agency_partner"),
        ("agency_lead", "gendarmerie", True, "cell_coordinator"),
        ("agency_lead", "prosecutor", True, "prosecutor"),
        ("school_head", "school", False, "school_pilot"),
        ("school_head", "school", True, "school_head"),
        ("school_head", "school", True, "cell_admin"),
        ("agency_partner", "gendarmerie", True, "agency_partner"),
        ("cell_coordinator", "dsden", True, "agency_partner"),
        ("auditor", "dsden", True, "auditor"),
        ("cell_admin", "dsden", False, "platform_operator"),
        ("cell_admin", "dsden", False, "prosecutor"),
    ],
)
def test_who_may_not_offer_a_place_is_refused(cell, role, kind, own, wanted):
    mine = an_accession(cell, kind=kind)
    person = a_person(mine, role)
    accession = mine if own else an_accession(cell, kind=kind)
    with pytest.raises((Invalid, NotAllowed)):
        invited_by(person, a_proposal(accession, wanted))
    assert Invitation.objects.using("worker").filter(address__contains="nobody").count() == 0


def test_nobody_invites_into_another_cell(admin_of):
    with pytest.raises(Invalid):
        invited_by(admin_of, a_proposal(an_accession(a_cell(), kind="dsden"), "agency_partner"))


def test_inviting_wants_a_fresh_factor(cell, admin_of):
    viewer = admin_of.viewer()
    stale = ScopeSession.objects.using("signin").filter(account_id=admin_of.account_id)
    stale.update(factor_at="2020-01-01T00:00:00Z")
    with pytest.raises(StepUpRequired), acting_as(viewer) as bound:
        invite(bound, a_proposal(an_accession(cell, kind="police")))


def test_an_address_with_an_account_is_answered_like_any_other(cell, admin_of, gendarme):
    place = an_accession(cell, kind="police")
    known = invited_by(admin_of, a_proposal(place, address=gendarme.email))
    unknown = invited_by(admin_of, a_proposal(place))
    assert known.state == unknown.state
    assert (known.account_id, known.sending) == (unknown.account_id, unknown.sending)


@pytest.mark.parametrize(
    "address",
    [
        "preﬁet@essais.exemple",
        "аlice@essais.exemple",
        "\uff41lice@essais.exemple",
        "\u212aelvin@essais.exemple",
        "alice\u200b@essais.exemple",
        "alice@essais\u3002exemple",
        "alice+deux@essais.exemple",
        "alice@essais",
        "alice bob@essais.exemple",
        "alice@essais.exemple\nbcc: x@y.fr",
        "",
        "a" * 250 + "@x.fr",
    ],
)
def test_addresses_that_look_like_another_are_refused(cell, admin_of, address):
    with pytest.raises(Invalid) as refused:
        invited_by(admin_of, a_proposal(an_accession(cell, kind="police"), address=address))
    assert "address" in refused.value.fields


def test_one_spelling_of_an_address_is_invited_once_at_a_time(cell, admin_of):
    place = an_accession(cell, kind="police")
    first = a_proposal(place)
    invited_by(admin_of, first)
    with pytest.raises(Conflict):
        invited_by(admin_of, a_proposal(place, address=first.address.upper()))


def test_the_letter_holds_nothing_personal_and_the_outbox_no_address(cell, admin_of):
    place = an_accession(cell, kind="police")
    proposal = a_proposal(place, display_name="Zénobie Tourterelle")
    invited_by(admin_of, proposal)
    assert tables_holding(proposal.address) == ["agencies_invitation"]
    [body] = letters_to(proposal.address)
    for word in ("Zénobie", "Tourterelle", place.agency.name, cell.name, proposal.address):
        assert word not in body
    token = link_to(proposal.address).strip("/").split("/")[-1]
    assert tables_holding(token) == []
    owed = OutboxItem.objects.using("worker").filter(kind="invitation.sent").latest("pk")
    assert owed.done_at is not None


def test_sending_again_kills_the_link_before(cell, admin_of, client):
    proposal = a_proposal(an_accession(cell, kind="police"))
    invitation = invited_by(admin_of, proposal)
    old = link_to(proposal.address)
    as_second(admin_of, send_again, invitation)
    new = link_to(proposal.address)
    assert old != new
    assert client.get(old).status_code == 404
    assert client.get(new).status_code == 200


def test_what_is_withdrawn_before_it_leaves_does_not_leave(cell, admin_of, client):
    proposal = a_proposal(an_accession(cell, kind="police"))
    invitation = invited_by(admin_of, proposal)
    as_second(admin_of, withdraw_invitation, invitation)
    assert letters_to(proposal.address) == []
    assert stored(invitation)[0] == "withdrawn"
    assert stored(invitation)[2:] == (None, "")
    with pytest.raises(WrongState):
        as_second(admin_of, send_again, invitation)


def test_a_refused_invitation_forgets_the_address(cell, admin_of, second_admin):
    proposal = a_proposal(an_accession(cell, kind="dsden"), "auditor")
    invitation = invited_by(admin_of, proposal)
    as_second(second_admin, refuse_invitation, invitation)
    assert stored(invitation)[0] == "refused"
    assert tables_holding(proposal.address) == []


def test_of_two_who_confirm_at_the_same_moment_one_does(cell, dsden, admin_of, second_admin):
    third = a_person(dsden, "cell_admin")
    proposal = a_proposal(an_accession(cell, kind="dsden"), "auditor")
    invitation = invited_by(admin_of, proposal)
    confirmers = [second_admin, third]
    answers = at_once(
        "SELECT 1 FROM agencies_invitation WHERE id = %s FOR UPDATE",
        invitation.pk,
        acts=[
            lambda person=person: as_second(person, confirm_invitation, invitation)
            for person in confirmers
        ],
    )
    assert sorted(isinstance(answer, WrongState) for answer in answers) == [False, True]
    assert len(letters_to(proposal.address)) == 1


# The same walls without Python.


def as_page(person):
    """What an injection in this person's page could do, with a factor just shown."""
    connection = as_role("runtime")
    connection.execute("SELECT set_config('app.token', %s, false)", [person.viewer().token])
    connection.commit()
    return connection


INSERT = (
    "INSERT INTO agencies_invitation (id, cell_id, accession_id, agency_id, roles,"
    " bound_by_secrecy, address, display_name, job_title, valid_until, state, invited_by,"
    " sending, created_at) VALUES (gen_random_uuid(), %s, %s, %s, %s, false,"
    " 'x@y.exemple', 'X', '', '9999-12-31', %s, %s, 0, now())"
)


@pytest.mark.parametrize(
    ("role", "kind", "wanted", "state"),
    [
        ("cell_admin", "dsden", "auditor", "sent"),
        ("cell_admin", "dsden", "prosecutor", "waiting"),
        ("cell_admin", "dsden", "platform_operator", "sent"),
        ("agency_lead", "gendarmerie", "cell_admin", "waiting"),
        ("agency_partner", "gendarmerie", "agency_partner", "sent"),
        ("school_head", "school", "school_head", "waiting"),
    ],
)
def test_the_database_refuses_what_nobody_may_offer(cell, role, kind, wanted, state):
    place = an_accession(cell, kind=kind)
    person = a_person(place, role)
    values = [cell.pk, place.pk, place.agency_id, [wanted], state, person.account_id]
    with as_page(person) as connection, pytest.raises(psycopg.Error) as refused:
        connection.execute(INSERT, values)
    assert refused.value.sqlstate in ("42501", "23514")


def test_the_database_does_not_let_one_person_be_two(cell, admin_of, second_admin):
    invitation = invited_by(admin_of, a_proposal(an_accession(cell, kind="dsden"), "auditor"))
    forged = "UPDATE agencies_invitation SET state = 'sent', confirmed_by = %s WHERE id = %s"
    for who in (admin_of.account_id, second_admin.account_id):
        with as_page(admin_of) as connection, pytest.raises(psycopg.Error) as refused:
            connection.execute(forged, [who, invitation.pk])
        assert refused.value.sqlstate in ("42501", "23514")


@pytest.mark.parametrize(
    "change",
    [
        "roles = '{cell_admin}'",
        "address = 'autre@essais.exemple'",
        "membership_id = gen_random_uuid()",
        "invited_by = gen_random_uuid()",
        "state = 'joined'",
    ],
)
def test_what_is_offered_does_not_change_on_the_way(cell, admin_of, change):
    invitation = invited_by(admin_of, a_proposal(an_accession(cell, kind="police")))
    with as_page(admin_of) as connection, pytest.raises(psycopg.Error) as refused:
        connection.execute(
            f"UPDATE agencies_invitation SET {change} WHERE id = %s", [invitation.pk]
        )
    assert refused.value.sqlstate == "42501"


def test_a_stale_factor_confirms_nothing_in_the_database_either(cell, admin_of, second_admin):
    invitation = invited_by(admin_of, a_proposal(an_accession(cell, kind="dsden"), "auditor"))
    with as_page(second_admin) as connection:
        sessions = ScopeSession.objects.using("signin").filter(account_id=second_admin.account_id)
        sessions.update(factor_at="2020-01-01T00:00:00Z")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(
                "UPDATE agencies_invitation SET state = 'sent', confirmed_by = %s WHERE id = %s",
                [second_admin.account_id, invitation.pk],
            )


def test_another_cell_sees_no_invitation(cell, admin_of):
    invitation = invited_by(admin_of, a_proposal(an_accession(cell, kind="police")))
    stranger = a_person(an_accession(a_cell(), kind="dsden"), "cell_admin")
    with acting_as(stranger.viewer()):
        assert not Invitation.objects.filter(pk=invitation.pk).exists()
    lead = a_person(an_accession(cell, kind="gendarmerie"), "agency_lead")
    with acting_as(lead.viewer()):
        assert not Invitation.objects.filter(pk=invitation.pk).exists()
    with acting_as(admin_of.viewer()):
        assert Invitation.objects.get(pk=invitation.pk).expires_at > now()
