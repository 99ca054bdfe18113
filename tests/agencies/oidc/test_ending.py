"""The provider says that it is over: the right sessions end, and nobody else's."""

import json
import secrets
import time
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from agencies.models import ProviderSpent
from agencies.services.throttle import ADDRESS_LIMIT
from tests.agencies.factories import a_browser, a_person, an_accession, signed_in
from tests.agencies.oidc.going import (
    CODE,
    comes_back,
    ends,
    goes_round,
    linked,
    session_of,
    sets_out,
)
from tests.agencies.test_recording import entries
from tests.support.database import admin
from tests.support.hostile_provider import CLIENT, STRANGE, signed
from tests.support.searching import database_name, tables_holding

BROWSER = "/connexion/fournisseur/fin-navigateur/"
EVENT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture
def opened(agent, provider):
    """A browser with a session that came from the provider."""
    browser, answer = goes_round(provider)
    assert answer.status_code == 302
    assert session_of(browser) is not None
    return browser


def test_a_message_ends_the_session_that_it_names(opened, agent, provider, cell):
    assert ends(provider, provider.logout_token()).status_code == 200
    assert session_of(opened) is None
    (kind, outcome, actor, said) = entries(cell.pk)[-1]
    assert (kind, outcome, actor) == ("signin.ended_by_provider", "done", agent.account_id)
    assert said["facts"] == {"way": "server"}


def test_other_sessions_of_the_same_person_go_on(opened, agent, provider):
    first = provider.logout_token(without=("sub",))
    provider.sid = secrets.token_urlsafe(16)
    elsewhere, _answer = goes_round(provider)
    local = signed_in(agent)
    assert ends(provider, first).status_code == 200
    assert session_of(opened) is None
    assert session_of(elsewhere) is not None
    assert session_of(local) is not None


def test_without_a_session_s_name_all_of_the_person_s_that_came_from_there_end(
    opened, agent, cell, provider
):
    provider.sid = secrets.token_urlsafe(16)
    elsewhere, _answer = goes_round(provider)
    local = signed_in(agent)
    other = a_person(an_accession(cell, kind="police"))
    linked(other, provider, subject="sujet-2")
    provider.subject = "sujet-2"
    theirs, _answer = goes_round(provider)
    provider.subject = "sujet-1"
    assert ends(provider, provider.logout_token(without=("sid",))).status_code == 200
    assert session_of(opened) is None
    assert session_of(elsewhere) is None
    assert session_of(local) is not None
    assert session_of(theirs) is not None


def test_a_session_s_name_with_somebody_else_s_ends_nothing(opened, provider):
    assert ends(provider, provider.logout_token(sub="sujet-2")).status_code == 200
    assert session_of(opened) is not None


FORGED = {
    "unsigned": {"sign": lambda claims: jwt.encode(claims, None, "none")},
    "stranger's key": {"sign": signed(STRANGE)},
    "stranger's key, other name": {"sign": signed(STRANGE, kid="two")},
    "our secret": {"sign": lambda claims: jwt.encode(claims, "s" * 40, "HS256")},
    "other issuer": {"iss": "https://ailleurs.exemple"},
    "no issuer": {"without": ("iss",)},
    "for somebody else": {"aud": "autre-client"},
    "no audience": {"without": ("aud",)},
    "no time": {"without": ("iat",)},
    "old": {"iat": int(time.time()) - 3600},
    "of tomorrow": {"iat": int(time.time()) + 3600},
    "expired": {"exp": int(time.time()) - 3600},
    "no name of its own": {"without": ("jti",)},
    "empty name of its own": {"jti": ""},
    "nothing happened": {"without": ("events",)},
    "something else happened": {"events": {"http://ailleurs.exemple/fin": {}}},
    "an event that is no object": {"events": {EVENT: True}},
    "events that are a list": {"events": [EVENT]},
    "a nonce": {"nonce": "n"},
    "neither session nor person": {"without": ("sid", "sub")},
    "a session that is no text": {"sid": 7},
    "a person that is no text": {"sub": ["sujet-1"]},
}


@pytest.mark.parametrize("name", FORGED)
def test_a_message_that_is_none_of_the_provider_s_ends_nothing(opened, provider, name):
    answer = ends(provider, provider.logout_token(**FORGED[name]))
    assert answer.status_code == 400
    assert json.loads(answer.content) == {"error": "invalid_request"}
    assert answer["Cache-Control"] == "no-store"
    assert session_of(opened) is not None


@pytest.mark.parametrize("sent", [{}, {"logout_token": ""}, {"logout_token": "x" * 90_000}])
def test_what_is_no_message_ends_nothing(opened, provider, sent):
    answer = a_browser().post("/connexion/fournisseur/fin/", sent)
    assert answer.status_code == 400
    assert session_of(opened) is not None


def test_an_id_token_is_no_sign_out_message(agent, provider):
    """Whoever holds one (it passes through the browser at sign-out) cannot end sessions with it."""
    kept = []

    def sign(claims):
        kept.append(signed()(claims))
        return kept[-1]

    provider.sign_id_token = sign
    browser, _answer = goes_round(provider)
    assert ends(provider, kept[0]).status_code == 400
    assert session_of(browser) is not None


def test_a_message_is_obeyed_once(opened, provider):
    """Caught and sent again, it would end the sessions opened since."""
    token = provider.logout_token(without=("sid",))
    assert ends(provider, token).status_code == 200
    again, _answer = goes_round(provider)
    assert ends(provider, token).status_code == 400
    assert session_of(again) is not None


def test_a_sign_in_under_way_does_not_outlive_its_session_at_the_provider(agent, provider):
    """Signed out there while our own code is being typed: the code opens nothing any more."""
    provider.amr = ["pwd"]
    browser, answer = goes_round(provider)
    assert answer["Location"] == CODE
    assert ends(provider, provider.logout_token()).status_code == 200
    answer = browser.post(CODE, {"code": agent.code()})
    assert answer.status_code == 403
    assert session_of(browser) is None


def test_a_session_that_was_renewed_since_ends_all_the_same(opened, agent, provider):
    answer = opened.post("/connexion/confirmer/", {"code": agent.code()})
    assert answer.status_code == 302
    assert session_of(opened) is not None
    assert ends(provider, provider.logout_token()).status_code == 200
    assert session_of(opened) is None


def test_through_the_browser_the_named_session_ends(opened, agent, provider):
    frame = a_browser()
    local = signed_in(agent)
    answer = frame.get(BROWSER, {"iss": provider.issuer, "sid": provider.sid})
    assert answer.status_code == 200
    assert session_of(opened) is None
    assert session_of(local) is not None
    assert f"frame-ancestors {provider.origin}" in answer["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"iss": "own"},
        {"sid": "own"},
        {"iss": "https://ailleurs.exemple", "sid": "own"},
        {"iss": "own", "sid": "inconnu"},
        {"iss": "own", "sid": ""},
        {"iss": "own", "sid": ["own", "own"]},
    ],
    ids=str,
)
def test_through_the_browser_nothing_ends_without_the_session_s_name(opened, provider, sent):
    own = {"iss": provider.issuer, "sid": provider.sid}
    words = {
        name: [
            own[name] if v == "own" else v for v in ([value] if isinstance(value, str) else value)
        ]
        for name, value in sent.items()
    }
    a_browser().get(BROWSER, words)
    assert session_of(opened) is not None


def test_signing_out_here_goes_on_to_sign_out_there(opened, provider):
    answer = opened.post("/deconnexion/")
    assert session_of(opened) is None
    assert answer["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    there = urlsplit(answer["Refresh"].removeprefix("0;url="))
    assert f"{there.scheme}://{there.netloc}{there.path}" == f"{provider.issuer}/end"
    asked = {name: values[0] for name, values in parse_qs(there.query).items()}
    assert set(asked) == {"id_token_hint", "state", "post_logout_redirect_uri"}
    assert len(asked["state"]) >= 32
    assert asked["post_logout_redirect_uri"].endswith("/deconnexion/terminee/")
    hint = jwt.decode(asked["id_token_hint"], options={"verify_signature": False})
    assert (hint["sub"], hint["aud"]) == (provider.subject, CLIENT)
    assert opened.get("/deconnexion/terminee/").status_code == 200


def test_after_a_local_sign_in_signing_out_goes_nowhere(agent, provider):
    assert "Refresh" not in signed_in(agent).post("/deconnexion/")


def test_the_provider_s_token_and_session_name_are_not_readable_in_the_database(agent, provider):
    kept = []

    def sign(claims):
        kept.append(signed()(claims))
        return kept[-1]

    provider.sign_id_token = sign
    provider.sid = secrets.token_hex(16)
    provider.amr = ["pwd"]
    browser, _answer = goes_round(provider)
    browser.post(CODE, {"code": agent.code()})
    assert session_of(browser) is not None
    assert tables_holding(provider.sid) == []
    assert tables_holding(kept[0].split(".")[1][:60]) == []


def test_a_return_after_the_end_needs_a_new_session_at_the_provider(agent, provider):
    browser = a_browser()
    address = sets_out(browser)
    assert ends(provider, provider.logout_token()).status_code == 200
    answer = comes_back(browser, provider, address)
    assert answer.status_code == 403
    assert session_of(browser) is None


def test_a_network_that_makes_names_up_is_stopped_and_fills_no_table(provider):
    """Nobody is signing in through the provider; each address is new."""
    with admin(database_name()) as connection:
        connection.execute("DELETE FROM agencies_provider_flow")
        connection.execute("UPDATE agencies_identity SET last_used_at = NULL")
    browser = a_browser()
    spent = ProviderSpent.objects.using("signin")
    rows = spent.count()
    for number in range(ADDRESS_LIMIT):
        answer = browser.get(BROWSER, {"iss": provider.issuer, "sid": f"inventé-{number}"})
        assert answer.status_code == 200
    assert spent.count() == rows
    answer = browser.get(BROWSER, {"iss": provider.issuer, "sid": "inventé"})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 800


def test_what_a_network_is_refused_is_not_written_down_without_end(provider):
    browser = a_browser()
    before = len(entries(0, kind="signin.ended_by_provider"))
    for _ in range(ADDRESS_LIMIT + 5):
        answer = browser.post("/connexion/fournisseur/fin/", {"logout_token": "x"})
        assert answer.status_code == 400
    assert len(entries(0, kind="signin.ended_by_provider")) - before == ADDRESS_LIMIT


def test_a_message_of_the_provider_is_obeyed_past_the_limit(opened, provider):
    browser = a_browser(enforce_csrf_checks=True)
    for _ in range(ADDRESS_LIMIT + 1):
        browser.post("/connexion/fournisseur/fin/", {"logout_token": "x"})
    sent = {"logout_token": provider.logout_token()}
    assert browser.post("/connexion/fournisseur/fin/", sent).status_code == 200
    assert session_of(opened) is None
