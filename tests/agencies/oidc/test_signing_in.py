"""Signing in through the provider: what is asked of it, and what its answer opens."""

import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from agencies.models import Account, Identity, ProviderFlow
from agencies.oidc import flows
from kernel.clock import now
from tests.agencies.factories import a_browser, a_cell, an_accession, signed_in
from tests.agencies.oidc.going import (
    CODE,
    START,
    accepts,
    comes_back,
    goes_round,
    linked,
    session_of,
    sets_out,
)
from tests.support.searching import tables_holding


def test_the_provider_is_asked_for_what_proconnect_expects(provider):
    address = sets_out(a_browser())
    assert address.startswith(f"{provider.issuer}/authorize?")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert set(asked) == {
        *("response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "claims"),
        *("code_challenge", "code_challenge_method"),
    }
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["state"]) >= 32
    assert len(asked["nonce"]) >= 32
    assert asked["scope"] == "openid idp_id"
    assert '"amr":{"essential":true}' in asked["claims"]
    assert "acr" in asked["claims"]
    assert asked["redirect_uri"] == flows.way_back()


def test_no_two_ways_are_alike(provider):
    ways = [parse_qs(urlsplit(sets_out(a_browser())).query) for _ in range(3)]
    for name in ("state", "nonce", "code_challenge"):
        assert len({way[name][0] for way in ways}) == 3


def test_neither_state_nor_nonce_is_in_the_database(provider):
    asked = parse_qs(urlsplit(sets_out(a_browser())).query)
    for name in ("state", "nonce", "code_challenge"):
        assert tables_holding(asked[name][0].replace("-", ".")) == []


def test_a_second_factor_seen_by_the_provider_leads_straight_in(agent, provider):
    provider.auth_time = int(time.time()) - 200
    browser, answer = goes_round(provider)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    session = session_of(browser)
    assert session is not None
    assert session.account_id == agent.account_id
    assert session.factor == "oidc"
    assert int(session.factor_at.timestamp()) == provider.auth_time


@pytest.mark.parametrize("amr", [["pwd"], ["pwd", "mail"], [], "mfa", None, ["MFA"], [["mfa"]]])
def test_a_password_alone_is_followed_by_our_own_second_factor(agent, provider, amr):
    provider.amr = amr
    browser, answer = goes_round(provider)
    assert (answer.status_code, answer["Location"]) == (302, CODE)
    assert session_of(browser) is None
    assert browser.get("/").status_code == 302
    assert "mot de passe est bon" not in browser.get(CODE).content.decode()
    answer = browser.post(CODE, {"code": agent.code()})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    session = session_of(browser)
    assert session is not None
    assert session.factor == "totp"
    assert now() - session.factor_at < timedelta(seconds=30)


@pytest.mark.parametrize("ago", [None, 8 * 3600 + 60])
def test_a_factor_of_unknown_or_great_age_is_none(agent, provider, ago):
    provider.auth_time = None if ago is None else int(time.time()) - ago
    browser, answer = goes_round(provider)
    assert answer["Location"] == CODE
    assert session_of(browser) is None


def test_an_old_factor_is_not_fresh(agent, provider):
    """Signing in an hour later than at the provider does not make the factor an hour younger."""
    provider.auth_time = int(time.time()) - 3600
    browser, _answer = goes_round(provider)
    session = session_of(browser)
    assert session is not None
    assert now() - session.factor_at > timedelta(minutes=59)


@pytest.mark.parametrize("other", ["subject", "idp_id"])
def test_an_identity_is_both_subject_and_provider(cell, agent, provider, other):
    accepts(cell, "idp-ailleurs")
    setattr(provider, other, "idp-ailleurs")
    browser, answer = goes_round(provider)
    assert answer.status_code == 403
    assert session_of(browser) is None


def test_an_unknown_identity_is_told_what_to_do_and_nobody_is_created(gendarme, cell, provider):
    accepts(cell, provider.idp_id)
    provider.userinfo = {"email": gendarme.email, "email_verified": True}
    before = Account.objects.using("operator").count()
    browser, answer = goes_round(provider)
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "associée à aucun compte" in page
    assert "demandez une invitation" in page
    assert session_of(browser) is None
    assert Account.objects.using("operator").count() == before
    assert not Identity.objects.using("signin").filter(issuer=provider.issuer).exists()


def test_a_closed_account_gets_the_answer_of_none(agent, provider):
    provider.subject = "inconnu"
    _browser, unknown = goes_round(provider)
    provider.subject = "sujet-1"
    Account.objects.using("operator").filter(pk=agent.account_id).update(is_active=False)
    _browser, closed = goes_round(provider)
    assert unknown.status_code == closed.status_code == 403
    assert _plain(unknown) == _plain(closed)


def _plain(answer):
    return [line for line in answer.content.decode().splitlines() if "csrf" not in line.lower()]


def test_a_cell_that_does_not_accept_the_provider_is_not_entered_through_it(gendarme, provider):
    linked(gendarme, provider)
    browser, answer = goes_round(provider)
    assert answer.status_code == 403
    assert "n'accepte pas" in answer.content.decode().replace("&#x27;", "'")
    assert session_of(browser) is None


def test_of_two_cells_only_the_accepting_one_is_offered(agent, provider):
    agent.joins(an_accession(a_cell(), kind="police"), "agency_partner")
    browser, answer = goes_round(provider)
    assert answer["Location"] == "/"
    session = session_of(browser)
    assert session is not None
    assert session.seat_id == agent.seat_id


def test_our_own_factor_does_not_open_what_the_provider_may_not(agent, provider):
    """The list of places is the same on the page of the code and on the page of the choice."""
    elsewhere = agent.joins(an_accession(a_cell(), kind="police"), "agency_partner")
    provider.amr = ["pwd"]
    browser, _answer = goes_round(provider)
    answer = browser.post(CODE, {"code": agent.code()})
    assert answer["Location"] == "/"
    session = session_of(browser)
    assert session is not None
    assert session.seat_id != elsewhere.pk


def test_the_key_in_the_browser_is_new_when_one_sets_out_and_when_one_is_in(agent, provider):
    browser = a_browser()
    browser.get("/connexion/")
    planted = "x" * 32
    browser.cookies["rempart"] = planted
    address = sets_out(browser)
    underway = browser.cookies["rempart"].value
    assert underway != planted
    comes_back(browser, provider, address)
    assert browser.cookies["rempart"].value not in (planted, underway)
    assert session_of(browser) is not None


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("/dossiers/", "/dossiers/"),
        ("//ailleurs.exemple/", "/"),
        ("https://ailleurs.exemple/", "/"),
        ("/\\ailleurs.exemple", "/"),
    ],
)
def test_afterwards_one_is_where_one_wanted_to_be_and_never_elsewhere(
    agent, provider, asked, given
):
    browser = a_browser()
    answer = comes_back(browser, provider, sets_out(browser, next=asked), next="//ailleurs.exemple")
    assert answer["Location"] == given


def test_the_button_is_a_form_of_our_own(provider):
    assert a_browser().get(START).status_code == 405
    assert a_browser(enforce_csrf_checks=True).post(START).status_code == 403


def test_what_was_begun_and_never_finished_is_over_after_ten_minutes(agent, provider):
    browser = a_browser()
    address = sets_out(browser)
    ProviderFlow.objects.using("signin").update(ends_at=now())
    assert comes_back(browser, provider, address).status_code == 409
    assert provider.exchanged == []


def test_setting_out_without_end_is_slowed_down(provider):
    address = "10.99.0.7"
    statuses = [a_browser(address).post(START).status_code for _ in range(62)]
    assert statuses[:59] == [200] * 59
    assert statuses[-1] == 429


def test_those_who_arrive_do_not_use_up_the_tries_of_their_school(agent, provider):
    for _ in range(62):
        _browser, answer = goes_round(provider, a_browser("10.99.0.8"))
        assert answer.status_code == 302


def test_people_of_private_schools_go_on_signing_in_with_a_password(pilot, provider):
    assert session_of(signed_in(pilot)) is not None
