"""The provider ends sessions: by a message of its own, or through the person's browser."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from agencies import events
from agencies.oidc.ending import Ended, end_sessions, read_logout_token
from agencies.oidc.errors import NotVerified, ProviderDown
from agencies.oidc.pages.gate import configured, once
from agencies.oidc.tokens import same_text
from agencies.pages.progress import origin_of
from agencies.services import throttle
from agencies.services.recording import record_step
from agencies.services.sign_in import Wait
from kernel.http.pages import public_page

STEP = "provider_end"


@public_page
@csrf_exempt
@require_POST
def server_page(request: HttpRequest) -> HttpResponse:
    """Back-channel sign-out: obeyed for its signature, whoever brings it.

    Past the limit of a network, what is refused is no longer written down.
    """
    provider, origin = configured(), origin_of(request)
    tokens = request.POST.getlist("logout_token")
    try:
        if len(tokens) != 1:
            raise NotVerified("incomplete")
        end_sessions(provider, origin, read_logout_token(provider, tokens[0]), way="server")
    except NotVerified as refusal:
        if throttle.ask(origin, STEP) is None:
            record_step(events.ENDED_BY_PROVIDER, origin, None, refused=refusal.why, way="server")
        return JsonResponse({"error": "invalid_request"}, status=400)
    except ProviderDown:
        return JsonResponse({"error": "temporarily_unavailable"}, status=503)
    return HttpResponse(status=200)


@public_page
@xframe_options_exempt
@require_GET
def browser_page(request: HttpRequest) -> HttpResponse:
    """Front-channel sign-out: the name of a session at the provider is known to nobody else.

    One that ends a session does not count against the limit of the network.
    """
    provider, origin = configured(), origin_of(request)
    until = throttle.ask(origin, STEP)
    if until is not None:
        wait = Wait(until)
        return HttpResponse(status=wait.status, headers={"Retry-After": str(wait.seconds)})
    sid = once(request, "sid")
    if not sid or not same_text(once(request, "iss"), provider.issuer):
        record_step(events.ENDED_BY_PROVIDER, origin, None, refused="issuer", way="browser")
        return HttpResponse(status=400)
    if end_sessions(provider, origin, Ended(sid=sid, subject=""), way="browser"):
        throttle.answered(origin, STEP)
    return _shown_within(provider.origin)


@public_page
@require_GET
def signed_out_page(request: HttpRequest) -> HttpResponse:
    """Where the provider sends people after it has signed them out as well."""
    configured()
    return render(request, "agencies/signed_out.html", {"viewer": None, "navigation": []})


def _shown_within(origin: str) -> HttpResponse:
    """An empty page that the provider's own page, and no other, may hold in a frame."""
    response = HttpResponse("<!doctype html><title>Rempart</title>")
    response._csp_replace = {"frame-ancestors": [origin]}  # type: ignore[attr-defined]  # django-csp
    return response
