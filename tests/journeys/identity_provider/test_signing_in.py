"""Real people at a real OpenID provider, in a real browser, and back."""

import re

import pytest

from agencies.models import Identity
from kernel.models import ScopeSession
from tests.journeys.desk import Desk, until
from tests.journeys.identity_provider.acting import (
    JUSTICE,
    WIDTHS,
    leaves_for_the_provider,
    link,
    shows,
)
from tests.support.ear import Ear

pytestmark = pytest.mark.browser


def sessions(apart, desk: Desk) -> list[ScopeSession]:
    account = desk.person.account_id
    return apart(lambda: list(ScopeSession.objects.using("signin").filter(account_id=account)))


@pytest.mark.parametrize("width", WIDTHS)
def test_with_a_second_factor_there_one_is_straight_in(
    cell, accepted, desk, apart, provider, width
):
    at = desk(cell.gendarme, width)
    link(apart, provider, at)
    leaves_for_the_provider(at, provider)
    shows(at, amr="pwd,mfa", ago=200)
    at.page.wait_for_url(at.origin + "/")
    (session,) = sessions(apart, at)
    assert session.factor == "oidc"
    assert (session.created_at - session.factor_at).total_seconds() >= 199
    at.clean()


@pytest.mark.parametrize("width", WIDTHS)
def test_with_a_password_there_our_own_factor_comes_next(
    cell, accepted, desk, apart, provider, width
):
    at = desk(cell.gendarme, width)
    link(apart, provider, at)
    leaves_for_the_provider(at, provider)
    shows(at, amr="pwd")
    at.page.wait_for_url(at.origin + "/connexion/code/")
    assert sessions(apart, at) == []
    at.clean()
    at.page.get_by_label("Code").first.fill(at.person.code())
    at.page.get_by_role("button", name="Se connecter", exact=True).click()
    at.page.wait_for_url(at.origin + "/")
    (session,) = sessions(apart, at)
    assert session.factor == "totp"


@pytest.mark.parametrize("width", WIDTHS)
def test_an_unknown_identity_reads_what_to_do(cell, accepted, desk, apart, provider, width):
    at = desk(cell.gendarme, width)
    leaves_for_the_provider(at, provider)
    shows(at, amr="pwd,mfa")
    at.page.get_by_role("heading", name="Que faire ?").wait_for()
    at.clean()
    assert "associée à aucun compte" in at.page.inner_text("main")
    at.page.get_by_role("link", name="Se connecter avec un mot de passe").click()
    at.page.wait_for_url(at.origin + "/connexion/")
    assert sessions(apart, at) == []


def test_a_cell_that_does_not_accept_the_ministry_is_not_entered_so(cell, desk, apart, provider):
    at = desk(cell.gendarme)
    link(apart, provider, at)
    leaves_for_the_provider(at, provider)
    shows(at, amr="pwd,mfa")
    at.page.get_by_text("n'accepte pas les connexions").wait_for()
    at.clean()
    assert sessions(apart, at) == []


def test_who_turns_back_there_finds_the_local_sign_in(cell, accepted, desk, apart, provider):
    at = desk(cell.gendarme)
    leaves_for_the_provider(at, provider)
    at.page.get_by_role("button", name="Renoncer").click()
    at.page.get_by_text("interrompue").wait_for()
    at.clean()
    assert at.page.get_by_label("Mot de passe").is_visible()
    assert sessions(apart, at) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_a_person_links_an_identity_comes_in_by_it_and_takes_it_away(
    cell, accepted, desk, apart, provider, width
):
    at = desk(cell.gendarme, width)
    at.signs_in()
    at.opens("/compte/identites/")
    at.clean()
    at.page.get_by_role("button", name="Associer une identité").press("Enter")
    at.page.wait_for_url(re.compile(re.escape(provider.issuer)))
    shows(at, amr="pwd,mfa")
    at.page.wait_for_url(at.origin + "/compte/identites/")
    at.page.get_by_text("Cette identité est associée à votre compte.").wait_for()
    at.clean()
    again = desk(cell.gendarme, width)
    leaves_for_the_provider(again, provider)
    shows(again, amr="pwd,mfa")
    again.page.wait_for_url(again.origin + "/")
    at.page.get_by_role("button", name="Retirer").press("Enter")
    at.page.get_by_text("Cette identité n'ouvre plus votre compte.").wait_for()
    account = at.person.account_id
    left = apart(lambda: Identity.objects.using("signin").filter(account_id=account).count())
    assert left == 0
    again.opens("/")
    assert "/connexion/" in again.page.url


@pytest.mark.parametrize("width", WIDTHS)
def test_the_administrator_accepts_and_withdraws_a_provider(cell, desk, apart, provider, width):
    at = desk(cell.cell_admin, width)
    at.signs_in()
    at.opens("/cellule/fournisseurs/")
    at.page.get_by_role("button", name="Accepter ce fournisseur").press("Enter")
    at.page.get_by_text("Indiquez le nom du fournisseur.").first.wait_for()
    at.clean()
    at.page.get_by_label("Nom du fournisseur").fill("Ministère de la Justice")
    at.page.get_by_label("Identifiant technique").fill(JUSTICE)
    at.page.get_by_role("button", name="Accepter ce fournisseur").press("Enter")
    at.page.get_by_text("Ce fournisseur est accepté.").wait_for()
    at.clean()
    guest = desk(cell.gendarme, width)
    link(apart, provider, guest)
    leaves_for_the_provider(guest, provider)
    shows(guest, amr="pwd,mfa")
    guest.page.wait_for_url(guest.origin + "/")
    at.page.get_by_role("button", name="Retirer").press("Enter")
    at.page.get_by_text("Ce fournisseur n'est plus accepté.").wait_for()
    assert sessions(apart, guest) == []


def cookie_of(desk: Desk) -> str:
    cookies = desk.context.cookies(desk.origin)
    return next(cookie["value"] for cookie in cookies if cookie["name"] == "rempart")


def test_signing_out_here_is_signing_out_there_and_of_every_other_window(
    cell, accepted, desk, apart, provider, server
):
    """One sign-out: the provider's own session, ours in both browsers, and their sockets."""
    at = desk(cell.gendarme)
    link(apart, provider, at)
    leaves_for_the_provider(at, provider)
    shows(at, amr="pwd,mfa")
    at.page.wait_for_url(at.origin + "/")
    ear = Ear(server, cookie_of(at))
    at.page.get_by_role("button", name="Se déconnecter").click()
    at.page.get_by_role("button", name="Terminer la session").click()
    at.page.wait_for_url(re.compile(r"/deconnexion/terminee/"))
    at.page.get_by_text("Vous êtes déconnecté").first.wait_for()
    at.clean()
    assert sessions(apart, at) == []
    assert ear.until_closed(within=5) in (4401, 4403)
    leaves_for_the_provider(at, provider)
    assert at.page.get_by_label("Sujet").is_visible(), "the provider asks anew"


def test_signing_out_there_ends_what_is_open_here_and_its_socket(
    cell, accepted, desk, apart, provider, server
):
    """The provider's own message, from server to server, while the page lies open."""
    at, other = desk(cell.gendarme), desk(cell.police)
    for one in (at, other):
        link(apart, provider, one)
        leaves_for_the_provider(one, provider)
        shows(one, amr="pwd,mfa")
        one.page.wait_for_url(one.origin + "/")
    ear, kept = Ear(server, cookie_of(at)), Ear(server, cookie_of(other))
    elsewhere = at.another_tab()
    elsewhere.goto(f"{provider.issuer}/session/end")
    elsewhere.get_by_role("button", name="Terminer la session").click()
    assert ear.until_closed(within=5) in (4401, 4403)
    until(at.page, lambda: sessions(apart, at) == [], within=5, what="the session is over")
    at.opens("/dossiers/")
    assert "/connexion/" in at.page.url
    assert len(sessions(apart, other)) == 1
    assert kept.closed_with is None
    other.opens("/")
    assert other.page.url == other.origin + "/"


def test_signing_out_through_a_frame_of_the_provider_ends_the_session(
    cell, accepted, desk, apart, provider, browser, server
):
    at = desk(cell.gendarme)
    link(apart, provider, at)
    leaves_for_the_provider(at, provider)
    shows(at, amr="pwd,mfa")
    at.page.wait_for_url(at.origin + "/")
    ear = Ear(server, cookie_of(at))
    assert sessions(apart, at)
    at.page.goto(f"{provider.issuer}/cadre")
    until(at.page, lambda: sessions(apart, at) == [], within=5, what="the session is over")
    assert ear.until_closed(within=5) in (4401, 4403)
