"""Answers that are not the provider's own, not of this sign-in, or not of this person."""

import time
from urllib.parse import urlencode

import jwt
import pytest
from django.conf import settings

from agencies.oidc import flows
from agencies.services.throttle import ADDRESS_LIMIT
from audit.leaf import NOBODY
from audit.payload import decode
from tests.agencies.factories import a_browser
from tests.agencies.oidc.going import (
    RETURN,
    comes_back,
    goes_round,
    session_of,
    sets_out,
)
from tests.agencies.test_recording import entries
from tests.support.database import admin
from tests.support.hostile_provider import OWN, STRANGE, signed
from tests.support.searching import database_name

BIG = "z" * 30_000


def is_refused(provider, browser, answer):
    """Nothing is open, nothing of the reason is told, and the local sign-in is still there."""
    assert answer.status_code in (403, 409), answer.content.decode()
    assert session_of(browser) is None
    assert browser.get("/connexion/code/").status_code == 302
    page = answer.content.decode()
    assert 'name="password"' in page
    for told in ("sujet-1", "signature", "Traceback", provider.issuer):
        assert told not in page


def unsigned(claims):
    return jwt.encode(claims, None, "none")


def signed_with_the_secret(claims):
    return jwt.encode(claims, settings.IDENTITY_PROVIDER["client_secret"], "HS256")


def signed_with_the_public_key(claims):
    """The old confusion: our check of an HMAC with a key that everybody knows."""
    from cryptography.hazmat.primitives import hashes, hmac, serialization

    key = OWN.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    head, body, _rest = jwt.encode(claims, "x" * 32, "HS256", headers={"kid": "one"}).split(".")
    mac = hmac.HMAC(key, hashes.SHA256())
    mac.update(f"{head}.{body}".encode())
    return f"{head}.{body}.{jwt.utils.base64url_encode(mac.finalize()).decode()}"


def with_its_own_key(claims):
    """A token that brings the key it is to be checked with."""
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(STRANGE.public_key(), as_dict=True)
    return jwt.encode(claims, STRANGE, "RS256", headers={"kid": "one", "jwk": jwk})


SIGNATURES = {
    "none": unsigned,
    "stranger's key": signed(STRANGE),
    "stranger's key, unknown kid": signed(STRANGE, kid="two"),
    "stranger's key, no kid": signed(STRANGE, kid=None),
    "other algorithm of the same key": signed(OWN, algorithm="PS256"),
    "client secret": signed_with_the_secret,
    "public key as a secret": signed_with_the_public_key,
    "key in the token": with_its_own_key,
    "no token": lambda claims: "x",
    "huge": lambda claims: signed()({**claims, "more": BIG}),
    "empty": lambda claims: "",
    "cut": lambda claims: signed()(claims)[:-5],
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_an_id_token_is_signed_by_the_provider(agent, provider, name):
    provider.sign_id_token = SIGNATURES[name]
    is_refused(provider, *goes_round(provider))


@pytest.mark.parametrize("name", SIGNATURES)
def test_userinfo_is_signed_by_the_provider(agent, provider, name):
    provider.sign_userinfo = SIGNATURES[name]
    is_refused(provider, *goes_round(provider))


def test_userinfo_in_plain_words_is_not_believed(agent, provider):
    body = b'{"sub": "sujet-1", "idp_id": "idp-justice"}'
    provider.answers["/userinfo"] = (200, {"Content-Type": "application/json"}, body)
    is_refused(provider, *goes_round(provider))


CLAIMS = {
    "other issuer": {"iss": "https://ailleurs.exemple"},
    "no issuer": {"iss": None},
    "for somebody else": {"aud": "autre-client"},
    "for several, without saying who asked": {"aud": ["rempart-tests", "autre-client"]},
    "asked for by somebody else": {"azp": "autre-client"},
    "expired": {"exp": int(time.time()) - 120},
    "never expires": {"exp": None},
    "of tomorrow": {"iat": int(time.time()) + 86400},
    "of yesterday": {"iat": int(time.time()) - 86400},
    "issued when nobody knows": {"iat": None},
    "not yet": {"nbf": int(time.time()) + 600},
    "other nonce": {"nonce": "n" * 43},
    "no nonce": {"nonce": None},
    "empty nonce": {"nonce": ""},
    "nonce that is no text": {"nonce": ["x"]},
    "nobody": {"sub": None},
    "no name": {"sub": ""},
    "a number": {"sub": 1},
    "a name without end": {"sub": "s" * 5000},
    "other access token": {"at_hash": "a" * 22},
    "at_hash that is no text": {"at_hash": 7},
    "factor of tomorrow": {"auth_time": int(time.time()) + 3600},
    "factor in words": {"auth_time": "maintenant"},
    "endless": {"exp": float("inf")},
    "issued beyond all times": {"iat": float("inf")},
    "session that is no text": {"sid": {"a": 1}},
}


@pytest.mark.parametrize("name", CLAIMS)
def test_an_id_token_is_of_this_sign_in(agent, provider, name):
    provider.without = tuple(claim for claim, value in CLAIMS[name].items() if value is None)
    provider.id_token = CLAIMS[name]
    if "sub" in CLAIMS[name]:
        provider.userinfo = CLAIMS[name]
    is_refused(provider, *goes_round(provider))


PERSONS = {
    "somebody else": {"sub": "sujet-2"},
    "nobody": {"sub": None},
    "other issuer": {"iss": "https://ailleurs.exemple"},
    "no issuer": {"iss": None},
    "for somebody else": {"aud": "autre-client"},
    "for nobody": {"aud": None},
    "expired": {"exp": int(time.time()) - 120},
    "never expires": {"exp": None},
    "from nowhere": {"idp_id": None},
    "from nowhere in particular": {"idp_id": ""},
    "from two places": {"idp_id": ["idp-justice"]},
    "from a place with a line end": {"idp_id": "idp-justice\n"},
    "from a place without end": {"idp_id": "i" * 300},
}


@pytest.mark.parametrize("name", PERSONS)
def test_userinfo_is_of_this_person(agent, provider, name):
    provider.userinfo = PERSONS[name]
    is_refused(provider, *goes_round(provider))


def test_both_tokens_name_the_same_provider(agent, provider):
    provider.id_token = {"idp_id": "idp-ailleurs"}
    is_refused(provider, *goes_round(provider))


def test_a_return_serves_once(agent, provider):
    browser = a_browser()
    address = sets_out(browser)
    sent = provider.authorize(address)
    place = f"{RETURN}?{urlencode(sent)}"
    key = browser.cookies["rempart"].value
    assert browser.get(place)["Location"] == "/"
    again = a_browser()
    again.cookies["rempart"] = key
    is_refused(provider, again, again.get(place))
    assert len(provider.exchanged) == 1
    is_refused(provider, again, comes_back(again, provider, address))


def test_a_return_belongs_to_the_browser_that_set_out(agent, provider):
    """Somebody else's half-finished sign-in cannot be pushed into a browser, nor taken out."""
    attacker, victim = a_browser(), a_browser()
    sent = provider.authorize(sets_out(attacker))
    sets_out(victim)
    is_refused(provider, victim, victim.get(f"{RETURN}?{urlencode(sent)}"))
    nobody = a_browser()
    is_refused(provider, nobody, nobody.get(f"{RETURN}?{urlencode(sent)}"))
    assert provider.exchanged == []


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "s" * 43},
        {"state": None},
        {"state": ""},
        {"state": "\ud800".encode("utf-8", "surrogatepass")},
        {"state": BIG},
        {"code": None},
        {"code": "inconnu"},
        {"code": "c\x00"},
        {"iss": "https://ailleurs.exemple"},
        {"iss": None},
        {"iss": ""},
    ],
    ids=str,
)
def test_a_return_without_its_words_opens_nothing(agent, provider, changes):
    browser = a_browser()
    is_refused(provider, browser, comes_back(browser, provider, sets_out(browser), **changes))


def test_an_answer_of_another_provider_is_never_sent_on(agent, provider):
    """The mix-up: our code, carried to the wrong token endpoint, would be given away."""
    browser = a_browser()
    comes_back(browser, provider, sets_out(browser), iss="https://ailleurs.exemple")
    assert provider.exchanged == []


def test_words_said_twice_are_not_chosen_between(agent, provider):
    browser = a_browser()
    sent = provider.authorize(sets_out(browser))
    place = f"{RETURN}?{urlencode(sent)}&state={sent['state']}"
    is_refused(provider, browser, browser.get(place))


def test_a_code_of_another_way_does_not_fit_this_one(agent, provider):
    """PKCE: a code that was stolen from one browser is worth nothing in another."""
    victim, attacker = a_browser(), a_browser()
    stolen = provider.authorize(sets_out(victim))["code"]
    answer = comes_back(attacker, provider, sets_out(attacker), code=stolen)
    is_refused(provider, attacker, answer)


def test_who_turns_back_is_told_so(agent, provider):
    browser = a_browser()
    answer = comes_back(browser, provider, sets_out(browser), code=None, error="access_denied")
    is_refused(provider, browser, answer)
    assert "interrompue chez le fournisseur" in answer.content.decode()


def test_what_is_proven_at_the_token_endpoint_is_the_verifier_and_the_one_way_back(agent, provider):
    goes_round(provider)
    (sent,) = provider.exchanged
    assert sent["redirect_uri"] == flows.way_back()
    assert len(sent["code_verifier"]) >= 43
    assert sent["grant_type"] == "authorization_code"


def test_a_host_header_does_not_choose_the_way_back(provider):
    browser = a_browser(HTTP_HOST="localhost:9999")
    assert "9999" not in sets_out(browser)


def test_every_refusal_is_in_the_record_and_names_nobody(agent, provider):
    before = refusals()
    provider.sign_userinfo = unsigned
    goes_round(provider)
    (row,) = refusals()[len(before) :]
    actor, payload = row
    assert actor == NOBODY
    assert decode(bytes(payload))["code"] == "algorithm"
    assert b"sujet" not in bytes(payload)


def refusals():
    with admin(database_name()) as connection:
        return connection.execute(
            "SELECT actor, payload FROM audit_entry WHERE kind = 'signin.provider'"
            " AND outcome = 'refused' AND cell_id = 0 ORDER BY id"
        ).fetchall()


def test_who_comes_back_from_nowhere_does_not_fill_the_record(provider):
    """Whoever likes asks for this address, without a cookie; what they are told stays the same."""
    before = len(entries(0, kind="signin.provider"))
    browser = a_browser()
    answers = [browser.get(RETURN, {"state": f"inventé-{n}"}) for n in range(ADDRESS_LIMIT + 5)]
    assert {answer.status_code for answer in answers} == {409}
    assert len(entries(0, kind="signin.provider")) - before == ADDRESS_LIMIT
