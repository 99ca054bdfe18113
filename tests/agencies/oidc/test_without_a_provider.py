"""Where there is none, nothing of it exists; where it is down, the house still opens."""

import json
import time

import pytest
import requests
from django.core.exceptions import ImproperlyConfigured

from agencies.oidc.provider import the_provider
from tests.agencies.factories import a_browser, signed_in
from tests.agencies.oidc.going import (
    RETURN,
    START,
    comes_back,
    ends,
    goes_round,
    session_of,
    sets_out,
)
from tests.support.hostile_provider import STRANGE, signed
from tests.support.identity_provider import a_free_port
from tests.support.server import web_server

PAGES = (
    START,
    "/connexion/fournisseur",
    "/connexion/fournisseur/aller/?state=x",
    "/connexion/fournisseur/retour/?state=x&code=y",
    "/connexion/fournisseur/invitation/",
    "/connexion/fournisseur/fin/",
    "/connexion/fournisseur/fin-navigateur/?iss=x&sid=y",
    "/deconnexion/terminee/",
    "/compte/identites/",
    "/cellule/fournisseurs/",
)
VARYING = {"date", "server"}


@pytest.fixture(scope="module")
def without(database):
    """A server to which nobody has named a provider."""
    with web_server(REMPART_OIDC_ISSUER="") as running:
        yield running


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_a_provider_its_pages_are_what_no_page_is(without, method):
    nothing = requests.request(method, f"{without.address}/rien/du/tout/", timeout=10)
    assert nothing.status_code == 404
    for page in PAGES:
        answer = requests.request(method, without.address + page, timeout=10, allow_redirects=False)
        assert answer.status_code == 404, page
        assert answer.content == nothing.content, page
        assert _steady(answer) == _steady(nothing), page


def _steady(answer):
    return {name: text for name, text in answer.headers.items() if name.lower() not in VARYING}


def test_without_a_provider_there_is_no_button(without):
    page = requests.get(f"{without.address}/connexion/", timeout=10).text
    assert "ProConnect" not in page
    assert "Mot de passe" in page


DOWN = {
    "not there": lambda provider, settings: settings.__setattr__(
        "IDENTITY_PROVIDER", provider.settings(issuer=f"http://127.0.0.1:{a_free_port()}/vide")
    ),
    "broken": lambda provider, settings: provider.answers.__setitem__(
        "/.well-known/openid-configuration", (500, {}, b"")
    ),
    "leading elsewhere": lambda provider, settings: provider.answers.__setitem__(
        "/.well-known/openid-configuration",
        (302, {"Location": f"{provider.issuer}/jwks"}, b""),
    ),
    "speaking nonsense": lambda provider, settings: provider.answers.__setitem__(
        "/.well-known/openid-configuration", (200, {}, b"[" * 100_000)
    ),
    "without end": lambda provider, settings: provider.answers.__setitem__(
        "/.well-known/openid-configuration",
        (200, {}, b" " * 2_000_000 + json.dumps(provider.configuration()).encode()),
    ),
    "another": lambda provider, settings: provider.discovery.update(issuer="https://ailleurs"),
    "in the clear": lambda provider, settings: provider.discovery.update(
        token_endpoint="http://ailleurs.exemple/token"
    ),
    "without a place": lambda provider, settings: provider.discovery.update(token_endpoint=None),
}


@pytest.mark.parametrize("how", DOWN)
def test_when_the_provider_is_down_one_is_told_so_and_signs_in_here(
    gendarme, provider, settings, how
):
    DOWN[how](provider, settings)
    browser = a_browser()
    there = browser.post(START).headers["Refresh"].removeprefix("0;url=")
    answer = browser.get(there)
    assert answer.status_code == 503
    page = answer.content.decode().replace("&#x27;", "'")
    assert "Le fournisseur d'identité ne répond pas" in page
    assert 'name="password"' in page
    assert session_of(signed_in(gendarme, browser=browser)) is not None


@pytest.mark.parametrize("path", ["/token", "/userinfo"])
def test_a_provider_that_breaks_on_the_way_opens_nothing(agent, provider, path):
    provider.answers[path] = (502, {}, b"")
    browser, answer = goes_round(provider)
    assert answer.status_code == 503
    assert session_of(browser) is None


def test_the_client_s_secret_is_not_carried_to_where_the_provider_points(agent, provider):
    provider.answers["/token"] = (307, {"Location": f"{provider.issuer}/ailleurs"}, b"")
    _browser, answer = goes_round(provider)
    assert answer.status_code == 503
    assert "/ailleurs" not in provider.asked


def test_a_provider_that_does_not_finish_is_not_waited_for(agent, provider, monkeypatch):
    monkeypatch.setattr("agencies.oidc.wire.WITHIN", 0.5)
    browser = a_browser()
    address = sets_out(browser)
    provider.delay = 3
    began = time.monotonic()
    answer = comes_back(browser, provider, address)
    assert time.monotonic() - began < 2.5
    assert answer.status_code == 503
    assert session_of(browser) is None


def test_strangers_tokens_do_not_make_us_ask_for_keys_again_and_again(provider):
    for number in range(6):
        token = provider.logout_token(sign=signed(STRANGE, kid=f"k{number}"))
        assert ends(provider, token).status_code == 400
    assert provider.asked.count("/jwks") == 1


def test_what_nobody_began_asks_the_provider_nothing(provider):
    for _ in range(5):
        assert a_browser().get(RETURN, {"state": "s" * 43, "code": "c"}).status_code == 409
    assert provider.asked == []


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "http://ailleurs.exemple"},
        {"issuer": "ailleurs.exemple"},
        {"algorithms": ["HS256"]},
        {"algorithms": ["RS256", "none"]},
        {"algorithms": []},
    ],
    ids=str,
)
def test_a_setting_that_would_weaken_the_sign_in_stops_it(provider, settings, changes):
    settings.IDENTITY_PROVIDER = provider.settings(**changes)
    with pytest.raises(ImproperlyConfigured):
        the_provider()


def test_in_production_nothing_goes_in_the_clear_even_to_this_machine(provider, settings):
    settings.DEMO = False
    with pytest.raises(ImproperlyConfigured):
        the_provider()


def test_explicit_places_are_all_given_or_none(agent, provider, settings):
    places = {
        "authorization": f"{provider.issuer}/authorize",
        "token": f"{provider.issuer}/token",
        "userinfo": f"{provider.issuer}/userinfo",
        "jwks": f"{provider.issuer}/jwks",
        "end_session": "",
    }
    settings.IDENTITY_PROVIDER = provider.settings(endpoints=places)
    browser, _answer = goes_round(provider)
    assert session_of(browser) is not None
    assert "/.well-known/openid-configuration" not in provider.asked
    assert "Refresh" not in browser.post("/deconnexion/")
    settings.IDENTITY_PROVIDER = provider.settings(endpoints={**places, "token": ""})
    with pytest.raises(ImproperlyConfigured):
        the_provider()
