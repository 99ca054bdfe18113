"""Accepting an invitation with an identity: the link proves the address, the provider who."""

import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.hashers import is_password_usable
from django.urls import reverse

from agencies.models import Account, AllowedProvider, Authenticator, Identity, Membership
from agencies.oidc.vouched import Vouched
from agencies.operator import ALIAS
from agencies.services.handle_invitation import send_again, withdraw_invitation
from agencies.services.invitation_link import hash_of
from agencies.services.join import NoSuchOffer
from agencies.services.join_with_identity import join_with_identity
from audit.leaf import NOBODY
from kernel.clock import now
from kernel.models import OutboxItem
from kernel.scope import acting_as
from tests.agencies.factories import a_browser, a_person, an_accession, an_origin
from tests.agencies.inviting import (
    GOOD_PASSWORD,
    a_proposal,
    code_of,
    letters_to,
    link_to,
    sent_by,
    token_in,
)
from tests.agencies.oidc.going import accepts, comes_back, ends, goes_on, goes_round, session_of
from tests.agencies.test_recording import entries
from tests.support.at_once import at_once

HERE = "/connexion/fournisseur/invitation/"
FACTOR = reverse("agencies:join_factor")
TYPED = {"password": GOOD_PASSWORD, "again": GOOD_PASSWORD}


@pytest.fixture
def admin_of(cell):
    """Somebody who administers the cell."""
    return a_person(an_accession(cell, kind="dsden"), "cell_admin")


@pytest.fixture
def place(cell):
    """An agency of the cell."""
    return an_accession(cell, kind="gendarmerie")


@pytest.fixture
def accepted(cell, provider) -> AllowedProvider:
    """The cell accepts the provider."""
    return accepts(cell, provider.idp_id)


@pytest.fixture
def proposal(place):
    return a_proposal(place)


@pytest.fixture
def invitation(admin_of, proposal):
    return sent_by(admin_of, proposal)


@pytest.fixture
def link(invitation, proposal, accepted):
    """The link that has been received."""
    return link_to(proposal.address)


def account_at(address):
    return Account.objects.using(ALIAS).filter(email=address).first()


def identities_of(provider):
    return list(Identity.objects.using("signin").filter(issuer=provider.issuer))


def nothing_has_happened(provider, address) -> bool:
    return account_at(address) is None and identities_of(provider) == []


def shows(provider, link, browser=None, ago=0):
    """With the link to the provider and back: the browser and the page that asks for a yes.

    ``ago`` seconds since one signed in there; None for a provider that does not say.
    """
    browser = browser or a_browser()
    address = goes_on(browser, browser.post(HERE, {"link": token_in(link)}))
    provider.auth_time = None if ago is None else int(time.time()) - ago
    answer = comes_back(browser, provider, address)
    assert (answer.status_code, answer["Location"]) == (302, HERE), answer.content.decode()
    return browser, browser.get(HERE)


def agrees(provider, link, browser=None):
    """The same, and yes."""
    browser, _page = shows(provider, link, browser)
    return browser, browser.post(HERE)


def test_somebody_new_joins_without_a_password_and_comes_in_again(place, proposal, link, provider):
    provider.userinfo = {"email": "toute-autre@ailleurs.exemple"}
    browser, page = shows(provider, link, ago=20)
    assert place.agency.name in page.content.decode()
    assert nothing_has_happened(provider, proposal.address)
    answer = browser.post(HERE)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert place.agency.name in browser.get("/").content.decode()
    account = account_at(proposal.address)
    assert not is_password_usable(account.password)
    [identity] = identities_of(provider)
    assert (identity.account_id, identity.idp_id) == (account.pk, provider.idp_id)
    session = session_of(browser)
    assert session.factor == "oidc"
    assert int(session.factor_at.timestamp()) == provider.auth_time
    again, answer = goes_round(provider)
    assert session_of(again).account_id == account.pk
    assert "toute-autre" not in str(Account.objects.using(ALIAS).values_list("email", flat=True))


@pytest.mark.parametrize("ago", [45, 600, None])
def test_an_identity_that_the_provider_remembers_in_this_browser_does_not_join(
    proposal, link, provider, ago
):
    """The administrator's who shows the newcomer the page, at their own desk."""
    browser, page = shows(provider, link, ago=ago)
    assert "chez lui, puis recommencez" in page.content.decode()
    assert browser.post(HERE).status_code == 409
    assert nothing_has_happened(provider, proposal.address)
    (_kind, outcome, actor, said) = entries(0, kind="signin.provider")[-1]
    assert (outcome, actor, said["code"]) == ("refused", NOBODY, "provider_not_again")
    asked = goes_on(browser, browser.post(HERE, {"again": "1"}))
    words = parse_qs(urlsplit(asked).query)
    assert (words["prompt"], words["max_age"]) == (["login"], ["0"])
    provider.auth_time = int(time.time())
    comes_back(browser, provider, asked)
    assert browser.post(HERE).status_code == 302
    assert len(identities_of(provider)) == 1


def test_the_provider_s_sign_out_ends_what_joining_has_opened(proposal, link, provider):
    browser, _answer = agrees(provider, link)
    assert session_of(browser) is not None
    assert ends(provider, provider.logout_token()).status_code == 200
    assert session_of(browser) is None


def test_after_a_password_there_a_factor_of_ours_comes_before_the_place(proposal, link, provider):
    provider.amr = ["pwd"]
    browser, answer = agrees(provider, link)
    assert (answer.status_code, answer["Location"]) == (302, FACTOR)
    assert identities_of(provider) == []
    assert session_of(browser) is None
    assert "identité chez le fournisseur" in browser.get(FACTOR).content.decode()
    account = account_at(proposal.address)
    answer = browser.post(FACTOR, {"code": code_of(account.pk)})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert session_of(browser).factor == "totp"
    assert [identity.account_id for identity in identities_of(provider)] == [account.pk]
    assert ends(provider, provider.logout_token()).status_code == 200
    assert session_of(browser) is None


def test_a_provider_that_the_cell_does_not_accept_lets_nobody_in(place, proposal, link, provider):
    provider.idp_id = "idp-inconnu"
    browser, page = shows(provider, link)
    assert "n'accepte pas" in page.content.decode().replace("&#x27;", "'")
    answer = browser.post(HERE)
    assert answer.status_code == 403
    assert nothing_has_happened(provider, proposal.address)
    assert a_browser().get(link).status_code == 200


def test_without_any_accepted_provider_there_is_only_a_password(proposal, link, provider, accepted):
    assert HERE in a_browser().get(link).content.decode()
    accepted.delete(using="operator")
    assert HERE not in a_browser().get(link).content.decode()
    assert a_browser().post(link, TYPED)["Location"] == FACTOR


@pytest.mark.parametrize("amr", ["mfa", "pwd"])
def test_a_provider_withdrawn_on_the_way_lets_nobody_in(proposal, link, provider, accepted, amr):
    """Between the provider and the yes; for the second, between the yes and the first code."""
    provider.amr = [amr]
    browser, _page = shows(provider, link)
    if amr == "mfa":
        accepted.delete(using="operator")
        assert browser.post(HERE).status_code == 403
        assert nothing_has_happened(provider, proposal.address)
        return
    browser.post(HERE)
    browser.get(FACTOR)
    accepted.delete(using="operator")
    account = account_at(proposal.address)
    assert browser.post(FACTOR, {"code": code_of(account.pk)}).status_code == 403
    assert identities_of(provider) == []
    assert not Membership.objects.using(ALIAS).filter(account_id=account.pk).exists()


def test_an_identity_of_another_account_joins_nothing_and_stays_there(
    agent, admin_of, place, provider
):
    proposal = a_proposal(place)
    sent_by(admin_of, proposal)
    link = link_to(proposal.address)
    browser, answer = agrees(provider, link)
    assert answer.status_code == 409
    assert "déjà associée" in answer.content.decode()
    assert account_at(proposal.address) is None
    assert [identity.account_id for identity in identities_of(provider)] == [agent.account_id]
    assert session_of(browser) is None
    assert a_browser().get(link).status_code == 200


def test_the_provider_s_word_on_addresses_opens_no_account(agent, pilot, admin_of, place, provider):
    """It says the address of somebody who is here already; the link says another one."""
    proposal = a_proposal(place)
    sent_by(admin_of, proposal)
    provider.subject, provider.userinfo = "quelqu-un", {"email": pilot.email}
    agrees(provider, link_to(proposal.address))
    mine = Identity.objects.using("signin").filter(account_id=pilot.account_id)
    assert not mine.exists()
    assert account_at(proposal.address).pk != pilot.account_id


def test_an_address_that_has_an_account_is_told_to_sign_in(admin_of, place, provider, accepted):
    person = a_person(None)
    sent_by(admin_of, a_proposal(place, address=person.email))
    link = link_to(person.email)
    _browser, answer = agrees(provider, link)
    assert answer.status_code == 409
    assert "Connectez-vous" in answer.content.decode()
    assert identities_of(provider) == []
    assert a_browser().get(link).status_code == 200


def test_a_link_serves_once_whichever_way_it_is_used(proposal, link, provider):
    slow, _page = shows(provider, link)
    provider.subject = "une-autre"
    late, _page = shows(provider, link)
    assert slow.post(HERE).status_code == 302
    expected = a_browser().get("/invitation/jamais/")
    assert late.get(HERE).content == late.post(HERE).content == expected.content
    assert a_browser().post(HERE, {"link": token_in(link)}).content == expected.content
    assert a_browser().get(link).status_code == 404
    assert len(identities_of(provider)) == 1


def vouched(provider, subject) -> Vouched:
    return Vouched(provider.issuer, provider.idp_id, subject, now(), "", "00", "")


def test_of_eight_identities_with_one_link_at_the_same_moment_one_joins(proposal, link, provider):
    shown = hash_of(token_in(link))
    answers = at_once(
        "SELECT 1 FROM agencies_invitation WHERE address = %s FOR UPDATE",
        proposal.address,
        acts=[
            lambda n=n: join_with_identity(an_origin(), shown, vouched(provider, f"sujet-{n}"))
            for n in range(8)
        ],
    )
    assert sum(isinstance(answer, NoSuchOffer) for answer in answers) == 7
    assert len(identities_of(provider)) == 1


def test_of_two_links_with_one_identity_at_the_same_moment_one_is_used(
    admin_of, place, provider, accepted
):
    proposals = [a_proposal(place) for _each in range(2)]
    for proposal in proposals:
        sent_by(admin_of, proposal)
    links = [link_to(proposal.address) for proposal in proposals]
    answers = at_once(
        "SELECT 1 FROM agencies_invitation WHERE accession_id = %s FOR UPDATE",
        place.pk,
        acts=[
            lambda link=link: join_with_identity(
                an_origin(), hash_of(token_in(link)), vouched(provider, "une-seule")
            )
            for link in links
        ],
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "Joined"]
    assert len(identities_of(provider)) == 1
    left = [account_at(proposal.address) is None for proposal in proposals]
    assert sorted(left) == [False, True]
    assert a_browser().get(links[left.index(True)]).status_code == 200


def test_an_invitation_withdrawn_on_the_way_opens_nothing(
    admin_of, invitation, proposal, link, provider
):
    browser, _page = shows(provider, link)
    with acting_as(admin_of.viewer()) as viewer:
        withdraw_invitation(viewer, invitation.pk)
    assert browser.post(HERE).status_code == 404
    assert nothing_has_happened(provider, proposal.address)


def test_who_turns_back_there_finds_the_invitation_unused(place, link, provider):
    browser = a_browser()
    address = goes_on(browser, browser.post(HERE, {"link": token_in(link)}))
    answer = comes_back(browser, provider, address, code=None, error="access_denied")
    page = browser.get(answer["Location"]).content.decode()
    assert "interrompue chez le fournisseur" in page
    assert place.agency.name in page
    assert browser.post(HERE).status_code == 409
    assert goes_on(browser, browser.post(HERE, {"again": "1"})).startswith(provider.issuer)
    assert a_browser().get(link).status_code == 200


def test_nobody_else_s_browser_goes_on_with_it(proposal, link, provider):
    browser, _page = shows(provider, link)
    assert a_browser().get(HERE).status_code == 404
    assert a_browser().post(HERE).status_code == 404
    other = a_browser()
    address = goes_on(browser, browser.post(HERE, {"link": token_in(link)}))
    assert comes_back(other, provider, address).status_code == 409
    assert nothing_has_happened(provider, proposal.address)


def test_the_key_in_the_browser_is_new_and_the_link_is_not_kept(link, provider):
    from kernel.http.sessions import SessionStore

    attacker, browser = a_browser(), a_browser()
    attacker.post(HERE, {"link": token_in(link)})
    planted = attacker.cookies["rempart"].value
    browser.cookies["rempart"] = planted
    address = goes_on(browser, browser.post(HERE, {"link": token_in(link)}))
    underway = browser.cookies["rempart"].value
    assert underway != planted
    comes_back(browser, provider, address)
    assert browser.cookies["rempart"].value != underway
    kept = SessionStore(browser.cookies["rempart"].value).load()
    assert token_in(link) not in str(kept)
    assert "eyJ" not in str(kept)


def test_what_an_earlier_holder_of_a_link_began_is_nobody_s(
    admin_of, invitation, proposal, link, provider
):
    """A stolen link, begun and left; the right person gets another one."""
    provider.amr, provider.subject = ["pwd"], "voleur"
    thief, _answer = agrees(provider, link)
    thief.get(FACTOR)
    account = account_at(proposal.address)
    seed = Authenticator.objects.using("signin").get(user_id=account.pk).bin_key
    with acting_as(admin_of.viewer()) as viewer:
        send_again(viewer, invitation.pk)
    browser = a_browser()
    assert browser.post(link_to(proposal.address), TYPED)["Location"] == FACTOR
    browser.get(FACTOR)
    assert Authenticator.objects.using("signin").get(user_id=account.pk).bin_key != seed
    assert thief.get(FACTOR).status_code == 404
    assert thief.post(FACTOR, {"code": code_of(account.pk)}).status_code == 404
    assert browser.post(FACTOR, {"code": code_of(account.pk)}).status_code == 302
    assert identities_of(provider) == []


def test_what_was_proven_long_ago_has_to_be_proven_again(link, provider, proposal, settings):
    browser, _page = shows(provider, link)
    from kernel.http.sessions import SessionStore

    session = SessionStore(browser.cookies["rempart"].value)
    kept = session["proven_identity"]
    session["proven_identity"] = {**kept, "at": (now() - timedelta(minutes=11)).isoformat()}
    session.save()
    assert browser.post(HERE).status_code == 409
    assert nothing_has_happened(provider, proposal.address)


def test_the_person_is_told_by_letter_and_by_no_name(proposal, link, provider):
    agrees(provider, link)
    account = account_at(proposal.address)
    owed = OutboxItem.objects.using("worker").filter(recipient=account.pk, kind="identity.linked")
    assert sorted(owed.values_list("channel", flat=True)) == ["email", "inbox"]
    letter = letters_to(proposal.address)[-1]
    assert "associée à votre compte" in letter
    for word in (provider.subject, provider.idp_id, "Nouvelle", proposal.address):
        assert word not in letter
