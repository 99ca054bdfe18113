"""From the link to the first page: once, by the person invited, while the offer stands."""

from datetime import timedelta

import pytest
from django.urls import reverse

from agencies.models import Account, Invitation, Membership
from agencies.operator import ALIAS
from agencies.services.end_membership import end_membership
from agencies.services.handle_invitation import (
    confirm_invitation,
    send_again,
    withdraw_invitation,
)
from agencies.services.join import NoSuchOffer, claim, join_with_account
from kernel.clock import now
from kernel.errors import Conflict, Invalid, WrongState
from kernel.scope import acting_as
from tests.agencies.factories import (
    OPERATOR,
    a_browser,
    a_cell,
    a_person,
    an_accession,
    an_origin,
    signed_in,
)
from tests.agencies.inviting import (
    GOOD_PASSWORD,
    a_proposal,
    code_of,
    invited_by,
    link_to,
    sent_by,
    token_in,
)
from tests.support.at_once import at_once
from tests.support.database import admin
from tests.support.recorded import recorded
from tests.support.searching import database_name
from tests.support.world import browser_of

pytestmark = pytest.mark.database
NOWHERE = "/invitation/jamais-envoye/"
TYPED = {"password": GOOD_PASSWORD, "again": GOOD_PASSWORD}


@pytest.fixture
def place(cell):
    """An agency of the cell."""
    return an_accession(cell, kind="gendarmerie")


@pytest.fixture
def proposal(place):
    return a_proposal(place)


@pytest.fixture
def link(admin_of, proposal):
    """The link that has been received."""
    sent_by(admin_of, proposal)
    return link_to(proposal.address)


def account_at(address):
    return Account.objects.using(ALIAS).filter(email=address).first()


def places_of(account_id):
    return list(Membership.objects.using(ALIAS).filter(account_id=account_id))


def set_invitation(address, **values):
    """Time passes for an invitation."""
    columns = ", ".join(f"{name} = %s" for name in values)
    with admin(database_name()) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            f"UPDATE agencies_invitation SET {columns} WHERE address = %s",
            [*values.values(), address],
        )


def joined(link, address, browser=None):
    """Every step of somebody new, to the home page."""
    browser = browser or a_browser()
    answer = browser.post(link, TYPED)
    assert answer.headers["Location"] == reverse("agencies:join_factor"), answer.content.decode()
    assert browser.get(reverse("agencies:join_factor")).status_code == 200
    code = code_of(account_at(address).pk)
    answer = browser.post(reverse("agencies:join_factor"), {"code": code})
    assert answer.status_code == 302, answer.content.decode()
    return browser


def test_somebody_new_joins_and_is_signed_in(place, proposal, link):
    browser = joined(link, proposal.address)
    page = browser.get("/").content.decode()
    assert place.agency.name in page
    [membership] = places_of(account_at(proposal.address).pk)
    assert membership.roles == ["agency_partner"]
    assert membership.display_name == "Nouvelle Venue"


def test_the_offer_says_where_and_as_what_and_nothing_of_a_person(cell, place, proposal, link):
    page = a_browser().get(link).content.decode()
    assert place.agency.name in page
    assert cell.name in page
    assert "Partenaire de la cellule" in page
    assert "Nouvelle" not in page
    assert proposal.address not in page


def test_looking_ten_times_uses_nothing_up(proposal, link):
    for _look in range(10):
        assert a_browser().get(link).status_code == 200
        assert a_browser().head(link).status_code in (200, 405)
    joined(link, proposal.address)


def test_the_same_page_whether_the_address_has_an_account_or_not(admin_of, place):
    known = a_person(None)
    links = []
    for address in (known.email, a_proposal(place).address):
        sent_by(admin_of, a_proposal(place, address=address))
        links.append(link_to(address))
    first, second = (a_browser().get(link).content.decode() for link in links)
    assert bare(first, links[0]) == bare(second, links[1])


def bare(page, link):
    """A page without what is new each time."""
    import re

    page = page.replace(token_in(link), "")
    page = re.sub(r'(name="(?:csrfmiddlewaretoken|_key)" value=")[^"]*', r"\1", page)
    return re.sub(r"<time.*?</time>", "", page)


def dead_links(admin_of, place):
    """A link of each kind that opens nothing, by what is wrong with it."""
    made = {}
    for wrong in ("used", "expired", "withdrawn", "replaced", "inviter", "agency", "over"):
        accession = an_accession(place.cell, kind="police") if wrong == "agency" else place
        by = a_person(place, "agency_lead") if wrong == "inviter" else admin_of
        proposal = a_proposal(accession)
        invitation = sent_by(by, proposal)
        made[wrong] = link_to(proposal.address)
        if wrong == "used":
            joined(made[wrong], proposal.address)
        elif wrong == "expired":
            set_invitation(proposal.address, expires_at=now() - timedelta(seconds=1))
        elif wrong == "over":
            set_invitation(proposal.address, valid_until=now() - timedelta(seconds=1))
        elif wrong == "inviter":
            end_membership(OPERATOR, membership_id=by.seat_id)
        elif wrong == "agency":
            accession.valid_until = now()
            accession.save(using=ALIAS, update_fields=["valid_until"])
        else:
            act = withdraw_invitation if wrong == "withdrawn" else send_again
            with acting_as(admin_of.viewer()) as viewer:
                act(viewer, invitation.pk)
    return made


def test_every_link_that_opens_nothing_gets_the_same_bytes(admin_of, place):
    expected = a_browser().get(NOWHERE)
    assert expected.status_code == 404
    assert "demandez" in expected.content.decode()
    odd = {
        "empty code": "/invitation/%00/",
        "letters": "/invitation/é/",
        "long": f"/invitation/{'a' * 900}/",
    }
    for wrong, link in (dead_links(admin_of, place) | odd).items():
        for ask in ("get", "post"):
            answer = getattr(a_browser(), ask)(link, TYPED if ask == "post" else None)
            assert answer.status_code == 404, wrong
            assert answer.content == expected.content, wrong
            assert set(answer.headers) == set(expected.headers), wrong


def test_the_link_expires_after_three_days(proposal, link):
    invitation = Invitation.objects.using("worker").only("expires_at").get(address=proposal.address)
    assert timedelta(hours=71, minutes=58) < invitation.expires_at - now() <= timedelta(hours=72)


def test_of_eight_at_the_same_moment_exactly_one_uses_the_link(proposal, link):
    answers = at_once(
        "SELECT 1 FROM agencies_invitation WHERE address = %s FOR UPDATE",
        proposal.address,
        acts=[
            lambda: claim(an_origin(), token_in(link), password=GOOD_PASSWORD) for _n in range(8)
        ],
    )
    refused = [answer for answer in answers if isinstance(answer, NoSuchOffer)]
    assert len(refused) == 7
    assert Account.objects.using(ALIAS).filter(email=proposal.address).count() == 1


def test_of_eight_tabs_of_one_account_exactly_one_joins(admin_of, place):
    person = a_person(an_accession(a_cell(), kind="police"), "agency_partner")
    sent_by(admin_of, a_proposal(place, address=person.email))
    token = token_in(link_to(person.email))
    answers = at_once(
        "SELECT 1 FROM agencies_invitation WHERE address = %s FOR UPDATE",
        person.email,
        acts=[
            lambda: join_with_account(an_origin(), token, account_id=person.account_id)
            for _n in range(8)
        ],
    )
    assert sum(isinstance(answer, NoSuchOffer) for answer in answers) == 7
    assert len(places_of(person.account_id)) == 2


@pytest.mark.parametrize("password", ["trop bref", "1q2w3e4r5t6y", "administrator", "a" * 1001])
def test_a_weak_password_is_refused_and_the_link_stays(proposal, link, password):
    answer = a_browser().post(link, {"password": password, "again": password})
    assert answer.status_code == 422
    assert password not in answer.content.decode()
    assert a_browser().get(link).status_code == 200


def test_the_address_is_no_password(proposal, link):
    with pytest.raises(Invalid):
        claim(an_origin(), token_in(link), password=proposal.address)


def test_two_passwords_that_differ_are_refused(proposal, link):
    answer = a_browser().post(link, {"password": GOOD_PASSWORD, "again": "autre chose encore"})
    assert answer.status_code == 422
    assert "ne sont pas les mêmes" in answer.content.decode()


def test_the_password_is_kept_as_argon2(proposal, link):
    claim(an_origin(), token_in(link), password=GOOD_PASSWORD)
    assert account_at(proposal.address).password.startswith("argon2$")


def test_without_the_first_code_there_is_no_place(proposal, link):
    browser = a_browser()
    browser.post(link, TYPED)
    answer = browser.post(reverse("agencies:join_factor"), {"code": "000000"})
    assert answer.status_code == 422
    assert places_of(account_at(proposal.address).pk) == []
    assert browser.get("/").status_code == 302


def test_the_first_code_serves_once(proposal, link):
    browser = a_browser()
    browser.post(link, TYPED)
    browser.get(reverse("agencies:join_factor"))
    code = code_of(account_at(proposal.address).pk)
    assert browser.post(reverse("agencies:join_factor"), {"code": code}).status_code == 302
    later = a_browser()
    later.post(reverse("agencies:sign_in"), {"email": proposal.address, "password": GOOD_PASSWORD})
    assert later.post(reverse("agencies:code"), {"code": code}).status_code == 422
    assert browser.get("/").status_code == 200


def test_who_goes_away_half_way_goes_on_with_a_new_link(admin_of, proposal, link):
    a_browser().post(link, TYPED)
    account = account_at(proposal.address)
    assert a_browser().get(link).status_code == 404
    invitation = Invitation.objects.using("worker").only("pk").get(address=proposal.address)
    with acting_as(admin_of.viewer()) as viewer:
        send_again(viewer, invitation.pk)
    joined(link_to(proposal.address), proposal.address)
    assert account_at(proposal.address).pk == account.pk
    assert len(places_of(account.pk)) == 1


def test_a_link_makes_no_second_password_for_an_account_that_exists(admin_of, place):
    person = a_person(None)
    sent_by(admin_of, a_proposal(place, address=person.email))
    link = link_to(person.email)
    before = account_at(person.email).password
    answer = a_browser().post(link, TYPED)
    assert answer.status_code == 409
    assert "Connectez-vous" in answer.content.decode()
    with pytest.raises(Conflict):
        claim(an_origin(), token_in(link), password=GOOD_PASSWORD)
    assert account_at(person.email).password == before
    assert a_browser().get(link).status_code == 200


def test_somebody_with_an_account_accepts_once_signed_in(admin_of, place):
    person = a_person(an_accession(a_cell(), kind="police"), "agency_partner")
    sent_by(admin_of, a_proposal(place, "agency_partner", address=person.email))
    link = link_to(person.email)
    browser = signed_in(person)
    page = browser.get(link).content.decode()
    assert place.agency.name in page
    answer = browser.post(link, {"accept": "1"}, follow=True)
    assert place.agency.name in answer.content.decode()
    assert {one.agency_id for one in places_of(person.account_id)} == {
        person.memberships[0].agency_id,
        place.agency_id,
    }
    assert Account.objects.using(ALIAS).filter(email=person.email).count() == 1


def test_an_invitation_of_somebody_else_cannot_be_accepted(place, proposal, link, gendarme):
    browser = browser_of(gendarme)
    page = browser.get(link).content.decode()
    assert "autre adresse" in page
    assert place.agency.name not in page
    browser.post(link, {"accept": "1"})
    with pytest.raises(NoSuchOffer):
        join_with_account(an_origin(), token_in(link), account_id=gendarme.account_id)
    assert len(places_of(gendarme.account_id)) == 1
    joined(link, proposal.address)


def test_who_takes_part_already_is_told_so_and_nothing_changes(admin_of, place):
    person = a_person(place, "agency_partner")
    sent_by(admin_of, a_proposal(place, "agency_lead", address=person.email))
    token = token_in(link_to(person.email))
    with pytest.raises(WrongState):
        join_with_account(an_origin(), token, account_id=person.account_id)
    assert [one.roles for one in places_of(person.account_id)] == [["agency_partner"]]


def test_declining_forgets_the_address(proposal, link, cell):
    assert a_browser().post(link, {"decline": "1"}).status_code == 200
    assert recorded("signin.invitation_declined", cell_id=cell.pk)[0][1]["after"] == "refused"
    assert a_browser().get(link).status_code == 404
    assert not Invitation.objects.using("worker").filter(address=proposal.address).exists()


def test_rights_are_asked_again_when_the_first_code_is_shown(admin_of, proposal, link):
    """The inviter leaves between the password and the code."""
    browser = a_browser()
    browser.post(link, TYPED)
    browser.get(reverse("agencies:join_factor"))
    end_membership(OPERATOR, membership_id=admin_of.seat_id)
    account = account_at(proposal.address)
    answer = browser.post(reverse("agencies:join_factor"), {"code": code_of(account.pk)})
    assert answer.status_code == 404
    assert places_of(account.pk) == []


def test_who_may_no_longer_offer_the_place_has_offered_nothing(admin_of, place, link):
    """The inviter stays in the cell, in a role that gives nothing."""
    Membership.objects.using(ALIAS).filter(pk=admin_of.seat_id).update(roles=["agency_partner"])
    assert a_browser().get(link).status_code == 404


def test_so_is_the_second_person(cell, admin_of, place):
    second = a_person(an_accession(cell, kind="rectorate"), "cell_admin")
    proposal = a_proposal(an_accession(cell, kind="crip"), "auditor")
    invitation = invited_by(admin_of, proposal)
    with acting_as(second.viewer()) as viewer:
        confirm_invitation(viewer, invitation.pk)
    link = link_to(proposal.address)
    assert a_browser().get(link).status_code == 200
    end_membership(OPERATOR, membership_id=second.seat_id)
    assert a_browser().get(link).status_code == 404


def test_a_place_that_begins_later_opens_nothing_yet(admin_of, place):
    proposal = a_proposal(place, valid_from=now() + timedelta(days=3))
    sent_by(admin_of, proposal)
    browser = a_browser()
    browser.post(link_to(proposal.address), TYPED)
    browser.get(reverse("agencies:join_factor"))
    code = code_of(account_at(proposal.address).pk)
    answer = browser.post(reverse("agencies:join_factor"), {"code": code})
    assert "ne commence pas encore" in answer.content.decode()
    assert browser.get("/").status_code == 302


def test_the_host_header_does_not_decide_where_the_link_leads(place):
    proposal = a_proposal(place)
    browser = browser_of(a_person(place, "agency_lead"))
    sent = {
        "accession": str(place.pk),
        "roles": ["agency_partner"],
        "address": proposal.address,
        "display_name": "Nouvelle Venue",
    }
    answer = browser.post(reverse("agencies:invite"), sent, headers={"host": "localhost"})
    assert answer.status_code == 302
    assert link_to(proposal.address).startswith("/invitation/")


def test_the_cell_records_who_joined(cell, proposal, link):
    joined(link, proposal.address)
    account = account_at(proposal.address)
    with admin(database_name()) as connection:
        kinds = connection.execute(
            "SELECT kind FROM audit_entry WHERE cell_id = %s AND actor = %s ORDER BY id",
            [cell.pk, account.pk],
        ).fetchall()
    assert [kind for (kind,) in kinds][:2] == ["signin.account_made", "signin.joined"]
    assert ("signin.opened",) in kinds
