"""A fresh factor from the provider, for somebody who came in through it and has none of ours."""

import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from agencies.models import Authenticator, ProviderFlow, ProviderSession
from kernel.clock import now
from kernel.models import ScopeSession
from tests.agencies.factories import a_browser, signed_in
from tests.agencies.oidc.going import (
    accepts,
    comes_back,
    ends,
    goes_on,
    goes_round,
    linked,
    session_of,
)
from tests.support.searching import tables_holding
from tests.support.world import stale

CONFIRM = "/connexion/confirmer/"
CHARTER = "/cellule/charte/"
RULE = "Le lundi matin, sauf en juillet."


@pytest.fixture
def through(agent, provider):
    """A browser signed in through the provider some minutes ago, of somebody without a factor."""
    Authenticator.objects.using("signin").filter(user_id=agent.account_id).delete()
    linked(agent, provider, "moi-aussi")
    browser, _answer = goes_round(provider)
    assert session_of(browser) is not None
    stale(agent)
    provider.auth_time = int(time.time()) - 600
    return browser


def asks(browser, where=CONFIRM):
    """Press the button of the page that asks; the address at the provider."""
    return goes_on(browser, browser.post(where, {"way": "provider"}))


def shows_again(browser, provider, where=CONFIRM, **changes):
    address = asks(browser, where)
    provider.auth_time = int(time.time())
    return comes_back(browser, provider, address, **changes)


def is_fresh(browser) -> bool:
    session = session_of(browser)
    return session is not None and now() - session.factor_at < timedelta(minutes=5)


def test_the_provider_is_asked_to_ask_anew(through, provider):
    page = through.get(CONFIRM).content.decode()
    assert "Confirmer avec ProConnect" in page
    assert 'name="code"' not in page
    asked = parse_qs(urlsplit(asks(through)).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
    assert '"auth_time":{"essential":true}' in asked["claims"][0]


def test_what_was_shown_there_makes_this_session_fresh_under_a_new_key(through, provider):
    before = through.cookies["rempart"].value
    ends_at = session_of(through).expires_at
    answer = shows_again(through, provider, CONFIRM + "?next=%2Fcompte%2F")
    assert answer["Location"] == CONFIRM + "?next=%2Fcompte%2F"
    assert through.get(answer["Location"])["Location"] == "/compte/"
    session = session_of(through)
    assert through.cookies["rempart"].value != before
    assert int(session.factor_at.timestamp()) == provider.auth_time
    assert (session.factor, session.expires_at) == ("oidc", ends_at)
    assert ScopeSession.objects.using("signin").filter(account_id=session.account_id).count() == 1


def test_the_kept_act_comes_back_whole(through, provider):
    """Through the middleware as everybody's: refused, kept, confirmed, sent by the browser."""
    asked = through.post("/compte/identites/", {"_key": "k1", "note": RULE, "qui": ["a", "b"]})
    assert asked.status_code == 303
    assert asked["Location"].startswith(CONFIRM + "?act=")
    assert tables_holding(RULE) == []
    answer = shows_again(through, provider, asked["Location"])
    assert answer["Location"] == asked["Location"]
    kept = through.get(answer["Location"]).context["kept"]
    assert kept.path == "/compte/identites/"
    assert sorted(kept.fields) == [("_key", "k1"), ("note", RULE), ("qui", "a"), ("qui", "b")]


@pytest.mark.parametrize("wrong", ["early", "unknown", "password", "person", "organisation"])
def test_what_does_not_count_leaves_the_session_as_old_as_it_was(through, provider, cell, wrong):
    """And the act stays kept, for another try."""
    asked = through.post("/compte/identites/", {"note": RULE})["Location"]
    address = asks(through, asked)
    provider.auth_time = int(time.time())
    if wrong == "early":
        provider.auth_time -= 45
    elif wrong == "unknown":
        provider.auth_time = None
    elif wrong == "password":
        provider.amr = ["pwd"]
    elif wrong == "person":
        provider.subject = "moi-aussi"
    else:
        accepts(cell, "idp-autre")
        provider.idp_id = "idp-autre"
    answer = comes_back(through, provider, address)
    assert answer["Location"] == asked
    assert not is_fresh(through)
    page = through.get(asked)
    assert page.status_code == 200
    said = {"password": "vu qu'un mot de passe", "early": "de nouveau", "unknown": "de nouveau"}
    assert said.get(wrong, "une autre identité") in page.content.decode().replace("&#x27;", "'")
    provider.amr, provider.subject, provider.idp_id = ["mfa"], "sujet-1", "idp-justice"
    back = shows_again(through, provider, asked)["Location"]
    assert ("note", RULE) in through.get(back).context["kept"].fields


def test_a_local_session_is_not_sent_to_the_provider(agent, provider):
    browser = signed_in(agent)
    stale(agent)
    assert "ProConnect" not in browser.get(CONFIRM).content.decode()
    assert browser.post(CONFIRM, {"way": "provider"}).status_code == 422
    begun = ProviderFlow.objects.using("signin").filter(account_id=agent.account_id)
    assert not begun.exists()


def test_our_own_factor_does_as_well_for_who_has_one(agent, provider):
    browser, _answer = goes_round(provider)
    stale(agent)
    page = browser.get(CONFIRM).content.decode()
    assert "ProConnect" in page
    assert 'name="code"' in page
    assert browser.post(CONFIRM, {"code": agent.code()}).status_code == 302
    assert is_fresh(browser)


def test_a_way_begun_to_confirm_does_nothing_else_and_no_other_way_confirms(
    through, provider, agent
):
    address = asks(through)
    other, _answer = goes_round(provider)
    assert comes_back(other, provider, address).status_code == 409
    assert not is_fresh(through)
    ProviderFlow.objects.using("signin").filter(purpose="step_up").update(
        account_id="00000000-0000-0000-0000-000000000007"
    )
    provider.auth_time = int(time.time())
    comes_back(through, provider, address)
    assert not is_fresh(through)


def test_it_serves_once(through, provider):
    address = asks(through)
    provider.auth_time = int(time.time())
    sent = provider.authorize(address)
    again = a_browser()
    again.cookies["rempart"] = through.cookies["rempart"].value
    assert comes_back(through, provider, address, **sent)["Location"] == CONFIRM
    assert comes_back(through, provider, address, **sent).status_code == 409
    assert comes_back(again, provider, address, **sent).status_code == 409
    assert len(provider.exchanged) == 2


def test_the_provider_s_next_sign_out_ends_it_under_its_new_name(through, provider):
    before = provider.logout_token()
    provider.sid = "une-autre-session-chez-lui"
    shows_again(through, provider)
    assert ProviderSession.objects.using("signin").count() >= 1
    assert ends(provider, before).status_code == 200
    assert session_of(through) is not None
    assert ends(provider, provider.logout_token()).status_code == 200
    assert session_of(through) is None


def test_what_the_provider_has_ended_meanwhile_is_not_made_fresh(through, provider):
    address = asks(through)
    provider.auth_time = int(time.time())
    provider.sid = "finie-avant-le-retour"
    ends(provider, provider.logout_token(sub=None, without=("sub",)))
    comes_back(through, provider, address)
    assert not is_fresh(through)


def test_a_session_that_ended_on_the_way_is_not_revived(through, provider, agent):
    address = asks(through)
    ScopeSession.objects.using("signin").filter(account_id=agent.account_id).delete()
    provider.auth_time = int(time.time())
    comes_back(through, provider, address)
    assert session_of(through) is None


def test_another_tab_says_when_it_is_done_and_the_dialog_hears_it(through, provider):
    dialog = {"headers": {"X-Dialog": "1"}}
    shown = through.get(CONFIRM, **dialog).content.decode()
    assert "/connexion/confirmer/?next=/connexion/confirmer/fait/" in shown
    early = through.post(CONFIRM, {"way": "elsewhere"}, **dialog)
    assert early.status_code == 422
    assert "pas encore confirmée" in early.content.decode()
    assert "pas confirmée" in through.get(CONFIRM + "fait/").content.decode()
    back = shows_again(through, provider, CONFIRM + "?next=/connexion/confirmer/fait/")
    landed = through.get(through.get(back["Location"])["Location"])
    assert "revenez à celui où vous étiez" in landed.content.decode()
    assert through.post(CONFIRM, {"way": "elsewhere"}, **dialog).status_code == 204


def test_an_account_without_any_factor_and_provider_reads_what_to_do(through, provider, settings):
    settings.IDENTITY_PROVIDER = None
    assert "reconnectez-vous" in through.get(CONFIRM).content.decode()
    assert through.post(CONFIRM, {"way": "provider"}).status_code == 422
