"""Setting out for the identity provider.

The content policy lets no form lead to another origin, so the form is answered by a page that goes
on by itself, and has a link for whoever it leaves standing.
"""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from agencies.oidc import flows
from agencies.oidc.errors import FlowOver, ProviderDown
from agencies.oidc.flows import Purpose
from agencies.oidc.pages.gate import browser_of, configured, once
from agencies.oidc.pages.refusing import refused
from agencies.pages.progress import origin_of, target_of, viewer_of
from agencies.services import throttle
from agencies.services.sign_in import Wait
from kernel.errors import DomainError
from kernel.http.pages import public_page

STEP = "provider"


@public_page
@require_POST
def start_page(request: HttpRequest) -> HttpResponse:
    """Somebody signs in through the provider, in a session that nobody can have planted."""
    configured()
    if viewer_of(request) is not None:
        return redirect(target_of(request))
    request.session.flush()
    request.session.create()
    return set_out(request, purpose=Purpose.SIGN_IN, target=target_of(request))


def set_out(
    request: HttpRequest, *, purpose: Purpose, target: str, account_id: UUID | None = None
) -> HttpResponse:
    """Begin a way to the provider for this browser and go. ``target`` is one of our own pages.

    Somebody who is turned away comes back there too, unless they were signing in.
    """
    provider = configured()
    if request.session.session_key is None:
        request.session.create()
    browser = flows.browser_digest(str(request.session.session_key))
    turn = throttle.take(STEP, browser.hex(), origin_of(request))
    if turn.wait_until is not None:
        wait = Wait(turn.wait_until)
        response = turned_away(request, purpose, target, wait)
        response.headers["Retry-After"] = str(wait.seconds)
        return response
    state = flows.begin(browser, purpose=purpose, target=target, account_id=account_id)
    return going(
        request,
        reverse("agencies:provider_go") + "?" + urlencode({"state": state}),
        {"name": provider.name},
    )


def turned_away(
    request: HttpRequest, purpose: Purpose, target: str, refusal: DomainError
) -> HttpResponse:
    """Back to the page that one set out from, which shows why; to the sign-in otherwise."""
    if purpose == Purpose.SIGN_IN:
        return refused(request, refusal)
    messages.error(request, str(refusal.message))
    return HttpResponseRedirect(target)


def going(request: HttpRequest, address: str, context: dict[str, object]) -> HttpResponse:
    """A page that goes on by itself."""
    response = render(
        request,
        "agencies/going.html",
        {"viewer": None, "navigation": [], "address": address, **context},
    )
    response.headers["Refresh"] = f"0;url={address}"
    return response


@public_page
@require_GET
def go_page(request: HttpRequest) -> HttpResponse:
    """On to the provider, with everything that it has to repeat."""
    provider = configured()
    try:
        flow = flows.underway(once(request, "state"), browser_of(request))
        return HttpResponseRedirect(flows.address_at_provider(provider, flow))
    except (FlowOver, ProviderDown) as refusal:
        return refused(request, refusal)
