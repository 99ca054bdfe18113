"""One's own identities: linked by oneself, with a fresh factor, in one's own browser."""

import time
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from agencies.models import Identity, ProviderFlow
from agencies.oidc.backend import Proven
from agencies.services.link_identity import link_identity, link_identity_of_newcomer
from kernel.errors import Conflict, StepUpRequired
from kernel.models import OutboxItem
from tests.agencies.factories import a_browser, a_person, an_accession, an_origin, signed_in
from tests.agencies.inviting import letters_to
from tests.agencies.oidc.going import accepts, comes_back, goes_on, goes_round, session_of
from tests.agencies.test_recording import entries
from tests.support.database import as_role
from tests.support.recorded import recorded
from tests.support.world import stale

HERE = "/compte/identites/"


def identities(person):
    return list(Identity.objects.using("signin").filter(account_id=person.account_id))


def links(browser, provider, ago=0, **changes):
    """Press the button and come back; ``ago`` seconds since one signed in there, None untold."""
    answer = browser.post(HERE)
    assert answer.status_code == 200, answer.content.decode()
    address = goes_on(browser, answer)
    provider.auth_time = None if ago is None else int(time.time()) - ago
    return comes_back(browser, provider, address, **changes)


def test_a_person_links_an_identity_and_signs_in_with_it(cell, gendarme, provider):
    accepts(cell, provider.idp_id)
    browser = signed_in(gendarme)
    answer = links(browser, provider)
    assert (answer.status_code, answer["Location"]) == (302, HERE)
    assert session_of(browser) is not None
    (identity,) = identities(gendarme)
    assert (identity.idp_id, identity.subject) == (provider.idp_id, provider.subject)
    assert recorded("signin.identity_linked", actor=gendarme.account_id) == [("done", {})]
    assert provider.idp_id in browser.get(HERE).content.decode()
    other, _answer = goes_round(provider)
    assert session_of(other) is not None
    assert session_of(other).account_id == gendarme.account_id


def test_the_provider_is_asked_to_ask_anew(gendarme, provider):
    browser = signed_in(gendarme)
    asked = parse_qs(urlsplit(goes_on(browser, browser.post(HERE))).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])


@pytest.mark.parametrize("ago", [45, 600, None])
def test_an_identity_that_the_provider_remembers_in_this_browser_is_not_linked(
    gendarme, cell, provider, ago
):
    """The colleague's who used it before, at a shared desk."""
    browser = signed_in(gendarme)
    assert links(browser, provider, ago)["Location"] == HERE
    assert identities(gendarme) == []
    assert "chez lui, puis recommencez" in browser.get(HERE).content.decode()
    (_kind, outcome, actor, said) = entries(cell.pk, kind="signin.provider")[-1]
    assert (outcome, actor) == ("refused", gendarme.account_id)
    assert said["code"] == "provider_not_again"
    links(browser, provider)
    assert len(identities(gendarme)) == 1


def test_linking_twice_is_once(gendarme, provider):
    browser = signed_in(gendarme)
    for _ in range(2):
        links(browser, provider)
    assert len(identities(gendarme)) == 1


def test_an_identity_of_somebody_else_is_not_taken_over(agent, pilot, provider):
    answer = links(signed_in(pilot), provider)
    assert answer["Location"] == HERE
    assert identities(pilot) == []
    assert len(identities(agent)) == 1


def test_a_factor_shown_long_ago_does_not_link(gendarme, provider):
    browser = signed_in(gendarme)
    stale(gendarme)
    answer = browser.post(HERE)
    assert answer.status_code == 303
    assert answer["Location"].startswith("/connexion/confirmer/")


def test_a_factor_that_grew_old_on_the_way_does_not_link(gendarme, provider):
    browser = signed_in(gendarme)
    address = goes_on(browser, browser.post(HERE))
    stale(gendarme)
    assert comes_back(browser, provider, address)["Location"] == HERE
    assert identities(gendarme) == []


def test_linking_is_not_pushed_upon_a_signed_in_person(gendarme, pilot, provider):
    """An attacker's identity must not come to open the victim's account."""
    attacker, victim = signed_in(gendarme), signed_in(pilot)
    address = goes_on(attacker, attacker.post(HERE))
    answer = comes_back(victim, provider, address)
    assert answer.status_code == 409
    assert identities(pilot) == []
    signed = a_browser(enforce_csrf_checks=True)
    signed.cookies = victim.cookies
    assert signed.post(HERE).status_code == 403


def test_a_way_begun_for_one_account_does_not_link_to_another(gendarme, pilot, provider):
    """Even in the same browser session: the account is noted when one sets out."""
    browser = signed_in(gendarme)
    address = goes_on(browser, browser.post(HERE))
    ProviderFlow.objects.using("signin").filter(account_id=gendarme.account_id).update(
        account_id=pilot.account_id
    )
    comes_back(browser, provider, address)
    assert identities(gendarme) == identities(pilot) == []


def test_a_way_begun_to_sign_in_does_not_link_and_the_other_way_round(gendarme, provider):
    browser, answer = goes_round(provider)
    assert answer.status_code == 403
    assert Identity.objects.using("signin").filter(issuer=provider.issuer).count() == 0
    assert session_of(browser) is None


def test_a_session_that_ended_on_the_way_links_nothing(gendarme, provider):
    browser = signed_in(gendarme)
    address = goes_on(browser, browser.post(HERE))
    key = browser.cookies["rempart"].value
    browser.post("/deconnexion/")
    browser.cookies["rempart"] = key
    comes_back(browser, provider, address)
    assert identities(gendarme) == []


def test_what_is_taken_away_opens_nothing_and_its_sessions_end(agent, provider):
    through, _answer = goes_round(provider)
    local = signed_in(agent)
    (identity,) = identities(agent)
    answer = local.post(f"{HERE}{identity.pk}/retirer/")
    assert answer.status_code == 302
    assert identities(agent) == []
    assert session_of(through) is None
    assert session_of(local) is not None
    browser, answer = goes_round(provider)
    assert answer.status_code == 403
    assert session_of(browser) is None


def test_taking_away_what_one_came_through_ends_one_s_own_session_too(agent, provider):
    browser, _answer = goes_round(provider)
    (identity,) = identities(agent)
    assert browser.post(f"{HERE}{identity.pk}/retirer/").status_code == 302
    assert session_of(browser) is None


def test_nobody_takes_away_another_s(agent, pilot, provider):
    (identity,) = identities(agent)
    answer = signed_in(pilot).post(f"{HERE}{identity.pk}/retirer/")
    assert answer.status_code == 404
    assert len(identities(agent)) == 1


def test_taking_away_needs_a_fresh_factor(agent, provider):
    browser = signed_in(agent)
    stale(agent)
    (identity,) = identities(agent)
    assert browser.post(f"{HERE}{identity.pk}/retirer/").status_code == 303
    assert len(identities(agent)) == 1


def proven_by(provider, subject="nouveau"):
    return Proven(provider.issuer, provider.idp_id, subject, False, None, "", "")


def test_the_service_asks_for_a_fresh_factor_itself(gendarme, provider):
    viewer = gendarme.viewer()
    old = replace(viewer, factor_at=viewer.factor_at - timedelta(minutes=6))
    with pytest.raises(StepUpRequired):
        link_identity(an_origin(), old, proven_by(provider))


def test_a_newcomer_is_linked_and_nobody_who_has_been_here_before(gendarme, cell, provider):
    newcomer = a_person(an_accession(cell, kind="police"))
    link_identity_of_newcomer(an_origin(), newcomer.account_id, proven_by(provider))
    assert len(identities(newcomer)) == 1
    signed_in(gendarme)
    with pytest.raises(Exception, match="row-level security"):
        link_identity_of_newcomer(an_origin(), gendarme.account_id, proven_by(provider, "autre"))
    with pytest.raises(Conflict):
        link_identity_of_newcomer(an_origin(), a_person(None).account_id, proven_by(provider))


def test_the_person_is_told_of_what_was_linked_and_of_what_was_taken_away(gendarme, provider):
    browser = signed_in(gendarme)
    links(browser, provider)
    (identity,) = identities(gendarme)
    links(browser, provider)
    assert told(gendarme) == ["identity.linked"]
    assert browser.post(f"{HERE}{identity.pk}/retirer/").status_code == 302
    assert told(gendarme) == ["identity.linked", "identity.unlinked"]
    linked_letter, unlinked_letter = letters_to(gendarme.email)[-2:]
    assert "associée à votre compte" in linked_letter
    assert "retirée de votre compte" in unlinked_letter
    for word in (provider.subject, provider.idp_id, gendarme.email):
        assert word not in linked_letter + unlinked_letter


def told(person):
    owed = OutboxItem.objects.using("worker").filter(
        recipient=person.account_id, channel="email", kind__startswith="identity."
    )
    return sorted(owed.values_list("kind", flat=True))


def test_a_link_that_was_refused_is_told_to_nobody(agent, pilot, provider):
    before = told(agent)
    links(signed_in(pilot), provider)
    assert told(pilot) == []
    assert told(agent) == before


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO agencies_identity (id, account_id, issuer, idp_id, subject, linked_at)"
        " VALUES (gen_random_uuid(), %(account)s, 'https://x', 'x', 'x', now())",
        "UPDATE agencies_identity SET account_id = %(account)s",
        "UPDATE agencies_identity SET subject = 'x'",
    ],
)
def test_the_sign_in_role_links_nobody_without_their_session(gendarme, agent, sql):
    signed_in(gendarme)
    with as_role("signin") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(sql, {"account": gendarme.account_id})


def test_the_sign_in_role_takes_nothing_away_without_a_session(agent):
    with as_role("signin") as connection:
        done = connection.execute("DELETE FROM agencies_identity")
        assert done.rowcount == 0
        connection.rollback()


@pytest.mark.parametrize(
    "table",
    [
        "agencies_identity",
        "agencies_provider_flow",
        "agencies_provider_session",
        "agencies_provider_spent",
    ],
)
@pytest.mark.parametrize("role", ["runtime", "worker", "sealer", "auditor"])
def test_identities_are_out_of_reach_of_pages(role, table):
    with as_role(role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(f"SELECT * FROM {table}")
