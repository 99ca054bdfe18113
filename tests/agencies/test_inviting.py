"""Who may invite whom as what, who must be the second person, in Python and in PostgreSQL."""

import html

import psycopg
import pytest
from django.core import mail
from django.urls import reverse

from agencies.models import Invitation
from agencies.services.handle_invitation import (
    confirm_invitation,
    refuse_invitation,
    send_again,
    withdraw_invitation,
)
from agencies.services.invite import invite
from kernel.errors import Conflict, Invalid, NotAllowed, NotFound, StepUpRequired, WrongState
from kernel.models import OutboxItem, ScopeSession
from kernel.scope import acting_as
from tests.agencies.factories import a_cell, a_person, an_accession
from tests.agencies.inviting import (
    CONFIRM,
    INSERT,
    a_proposal,
    as_page,
    as_second,
    invited_by,
    letters_to,
    link_to,
    sent_by,
    stored,
)
from tests.support.at_once import at_once
from tests.support.searching import tables_holding
from tests.support.world import browser_of

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
    ("gendarmerie", "agency_partner"),
    ("police", "agency_lead"),
    ("prosecutor", "agency_partner"),
    ("prosecutor", "agency_lead"),
    ("school", "resource_team_member"),
]
ONE_PERSON = [
    ("gendarmerie", "agency_lead", "agency_partner"),
    ("police", "agency_lead", "agency_lead"),
    ("school", "school_head", "resource_team_member"),
    ("school", "school_head", "school_reporter"),
]


@pytest.mark.parametrize(("kind", "by", "role"), ONE_PERSON)
def test_what_one_person_gives_at_home_is_sent_at_once(cell, kind, by, role):
    place = an_accession(cell, kind=kind)
    proposal = a_proposal(place, role)
    assert invited_by(a_person(place, by), proposal).state == Invitation.State.SENT
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
    ("kind", "by", "role"),
    [
        ("gendarmerie", "agency_lead", "agency_partner"),
        ("school", "school_head", "resource_team_member"),
        ("prosecutor", "prosecutor", "agency_partner"),
        ("prosecutor", "prosecutor", "agency_lead"),
    ],
)
def test_an_agency_that_has_somebody_confirms_for_itself(
    cell, dsden, admin_of, second_admin, kind, by, role
):
    place = an_accession(cell, kind=kind)
    own = a_person(place, by)
    invitation = invited_by(admin_of, a_proposal(place, role))
    for other in (second_admin, a_person(dsden, "cell_coordinator")):
        with pytest.raises((NotAllowed, NotFound)):
            as_second(other, confirm_invitation, invitation)
        with as_page(other) as connection:
            try:
                done = connection.execute(CONFIRM, [other.account_id, invitation.pk]).rowcount
            except psycopg.errors.InsufficientPrivilege:
                done = 0
            assert done == 0
    as_second(own, confirm_invitation, invitation)
    assert stored(invitation)[:2] == ("sent", own.account_id)


@pytest.mark.parametrize("role", ["cell_coordinator", "departmental_officer", "prosecutor"])
def test_others_confirm_for_an_agency_that_has_nobody_yet(cell, dsden, admin_of, role):
    at = an_accession(cell, kind="prosecutor") if role == "prosecutor" else dsden
    second = a_person(at, role)
    proposal = a_proposal(an_accession(cell, kind="police"))
    invitation = invited_by(admin_of, proposal)
    page = browser_of(second).get(reverse("agencies:to_confirm")).content.decode()
    assert proposal.display_name in page
    as_second(second, confirm_invitation, invitation)
    assert stored(invitation)[:2] == ("sent", second.account_id)


def test_nobody_invites_their_own_address(cell, admin_of):
    place = an_accession(cell, kind="school")
    with pytest.raises(Invalid) as refused:
        invited_by(admin_of, a_proposal(place, "school_reporter", address=admin_of.email))
    assert "address" in refused.value.fields
    forged = INSERT.replace("x@y.exemple", admin_of.email)
    values = [cell.pk, place.pk, place.agency_id, ["school_reporter"], "sent", admin_of.account_id]
    with as_page(admin_of) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(forged, values)


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
    sent_by(admin_of, proposal)
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
    invitation = sent_by(admin_of, proposal)
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


def test_the_page_says_who_else_has_to_agree(cell, admin_of):
    place = an_accession(cell, kind="gendarmerie")
    sentence = "Confirmé par l'organisme s'il a déjà un responsable"
    pages = [
        html.unescape(browser_of(who).get(reverse("agencies:invite")).content.decode())
        for who in (admin_of, a_person(place, "agency_lead"))
    ]
    assert [sentence in page for page in pages] == [True, False]
