"""To the provider and back, as a browser goes."""

from urllib.parse import urlencode

from django.conf import settings
from django.test import Client
from django.urls import reverse

from agencies.models import AllowedProvider, Cell, Identity
from agencies.oidc.backend import Proven
from agencies.services.link_identity import link_identity_of_newcomer
from kernel.http.sessions import scope_token, token_hash
from kernel.models import ScopeSession
from tests.agencies.factories import Person, a_browser, an_origin
from tests.support.hostile_provider import HostileProvider

START = "/connexion/fournisseur/"
RETURN = "/connexion/fournisseur/retour/"
CODE = "/connexion/code/"


def accepts(cell: Cell, idp_id: str) -> AllowedProvider:
    """The cell accepts this identity provider."""
    return AllowedProvider.objects.using("operator").create(
        cell_id=cell.pk, idp_id=idp_id, name="Justice"
    )


def linked(person: Person, provider: HostileProvider, subject: str | None = None) -> Identity:
    """The person's account is linked to who the provider will say they are."""
    proven = Proven(
        issuer=provider.issuer,
        idp_id=provider.idp_id,
        subject=subject or provider.subject,
        strong=False,
        authenticated_at=None,
        sid="",
        id_token="",
    )
    identity_id = link_identity_of_newcomer(an_origin(), person.account_id, proven)
    return Identity.objects.using("signin").get(pk=identity_id)


def sets_out(browser: Client, **values: str) -> str:
    """Press the button and go on; the address at the provider."""
    answer = browser.post(START, values)
    assert answer.status_code == 200, answer.content.decode()
    return goes_on(browser, answer)


def goes_on(browser: Client, answer) -> str:
    """Follow the page that goes on by itself."""
    there = answer.headers["Refresh"].removeprefix("0;url=")
    onward = browser.get(there)
    assert onward.status_code == 302, onward.content.decode()
    return onward.headers["Location"]


def comes_back(browser: Client, provider: HostileProvider, address: str, **changes):
    """Return from the provider; ``changes`` of None leave a parameter out."""
    sent = {**provider.authorize(address), **changes}
    return browser.get(f"{RETURN}?{urlencode({k: v for k, v in sent.items() if v is not None})}")


def goes_round(provider: HostileProvider, browser: Client | None = None, **changes):
    """The browser and the answer to its return."""
    browser = browser or a_browser()
    return browser, comes_back(browser, provider, sets_out(browser), **changes)


def session_of(browser: Client) -> ScopeSession | None:
    """The live session of this browser."""
    cookie = browser.cookies.get(settings.SESSION_COOKIE_NAME)
    if cookie is None or not cookie.value:
        return None
    key = token_hash(scope_token(cookie.value))
    return ScopeSession.objects.using("signin").filter(pk=key).first()


def ends(provider: HostileProvider, token: str):
    """The provider's sign-out message arrives."""
    return a_browser(enforce_csrf_checks=True).post(
        reverse("agencies:provider_ends"), {"logout_token": token}
    )
