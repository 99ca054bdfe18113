"""Coming back from the identity provider: everything is checked before anybody is recognised."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from agencies import events
from agencies.oidc import flows
from agencies.oidc.backend import Proven, Steps
from agencies.oidc.errors import FlowOver, Interrupted, NotVerified, ProviderDown
from agencies.oidc.flows import Flow, Purpose
from agencies.oidc.pages import joining
from agencies.oidc.pages.gate import browser_of, configured, once, viewer_now
from agencies.oidc.pages.leaving import STEP, turned_away
from agencies.oidc.pages.refusing import refused
from agencies.oidc.provider import Provider
from agencies.oidc.recognising import factor_shown_at, recognise
from agencies.oidc.showing_again import require_shown_now, shown_again
from agencies.oidc.through import retie
from agencies.oidc.tokens import same_text
from agencies.pages.confirming import renew
from agencies.pages.progress import Progress, origin_of
from agencies.pages.signing_in import take_a_seat
from agencies.services import throttle
from agencies.services.link_identity import link_identity
from agencies.services.origin import SIGNIN
from agencies.services.recording import record_step
from kernel.clock import now
from kernel.errors import DomainError
from kernel.http.pages import public_page

OVER = "provider_over"


@public_page
@require_GET
def return_page(request: HttpRequest) -> HttpResponse:
    """The way back. Whatever comes of it, it cannot be taken a second time.

    Past the limit of a network, a way that nobody has begun is no longer written down.
    """
    provider = configured()
    browser = browser_of(request)
    try:
        flow = flows.take(once(request, "state"), browser)
    except FlowOver as refusal:
        origin = origin_of(request)
        if throttle.ask(origin, OVER) is None:
            record_step(events.PROVIDER, origin, None, refused=refusal.code)
        return refused(request, refusal)
    try:
        proven = _proven(request, provider, flow)
        origin = origin_of(request)
        throttle.give_back(throttle.turn_of(STEP, browser.hex(), origin))
        return _go_on(request, provider, flow, proven)
    except (NotVerified, Interrupted, ProviderDown) as refusal:
        why = refusal.why if isinstance(refusal, NotVerified) else refusal.code
        record_step(events.PROVIDER, origin_of(request), None, refused=why)
        return turned_away(request, flow.purpose, flow.target, refusal)
    except DomainError as refusal:
        return turned_away(request, flow.purpose, flow.target, refusal)


def _proven(request: HttpRequest, provider: Provider, flow: Flow) -> Proven:
    """Who came back, in the provider's signed words. The answer must be this provider's own."""
    issuer = once(request, "iss")
    named = "iss" in request.GET or provider.endpoints().says_who_answers
    if named and not same_text(issuer, provider.issuer):
        raise NotVerified("issuer")
    if "error" in request.GET:
        raise Interrupted
    code = once(request, "code")
    if not code:
        raise NotVerified("incomplete")
    return Steps(provider).prove(
        code=code, nonce=flow.nonce, verifier=flow.verifier, way_back=flows.way_back()
    )


def _go_on(
    request: HttpRequest, provider: Provider, flow: Flow, proven: Proven
) -> HttpResponseRedirect:
    if flow.purpose == Purpose.LINK:
        return _link(request, flow, proven)
    if flow.purpose == Purpose.STEP_UP:
        return _confirm(request, provider, flow, proven)
    if flow.purpose == Purpose.JOIN:
        require_shown_now(origin_of(request), flow, proven)
        flows.joining(browser_of(request), flow)
        joining.keep(request.session, provider, proven)
        return HttpResponseRedirect(flow.target)
    return _sign_in(request, provider, flow, proven)


def _sign_in(
    request: HttpRequest, provider: Provider, flow: Flow, proven: Proven
) -> HttpResponseRedirect:
    """Straight in when the provider saw a second factor; else ours is asked for, as ever."""
    identity, through, seats = recognise(origin_of(request), provider, proven)
    shown = factor_shown_at(proven)
    progress = Progress(
        account_id=identity.account_id, started_at=now(), target=flow.target, through=through
    )
    if shown is not None:
        strong = Progress(
            account_id=identity.account_id,
            started_at=progress.started_at,
            target=flow.target,
            factor_at=shown,
            factor="oidc",
            through=through,
        )
        return take_a_seat(request, strong, seats)
    request.session.cycle_key()
    progress.keep(request.session)
    return redirect("agencies:code")


def _link(request: HttpRequest, flow: Flow, proven: Proven) -> HttpResponseRedirect:
    """Only for the account that set out, in the session that it set out from."""
    viewer = viewer_now(request)
    if viewer.account_id != flow.account_id:
        raise FlowOver
    require_shown_now(origin_of(request), flow, proven)
    link_identity(origin_of(request), viewer, proven)
    messages.success(request, _("Cette identité est associée à votre compte."))
    return HttpResponseRedirect(flow.target)


def _confirm(
    request: HttpRequest, provider: Provider, flow: Flow, proven: Proven
) -> HttpResponseRedirect:
    """The session that set out is fresh again, and ends with what the provider has just opened."""
    viewer = viewer_now(request)
    if viewer.account_id != flow.account_id:
        raise FlowOver
    confirmed, through = shown_again(origin_of(request), provider, viewer, flow, proven)
    with transaction.atomic(using=SIGNIN):
        retie(through, viewer.token)
        renew(request, viewer, confirmed)
    return HttpResponseRedirect(flow.target)
