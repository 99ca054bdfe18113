"""Accepting an invitation with an identity: to the provider, back, and in.

The link has not served when one comes back: only its digest was kept in this browser, and it is
used up by the answer to the page shown here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from agencies.oidc.flows import Purpose
from agencies.oidc.pages.gate import configured
from agencies.oidc.pages.joining import vouched_for
from agencies.oidc.pages.leaving import set_out
from agencies.oidc.through import cells_accepting
from agencies.oidc.vouched import Vouched
from agencies.pages.joining import enter, keep_claimed, no_such_offer
from agencies.pages.people_lines import in_words
from agencies.pages.progress import Progress, origin_of, viewer_of
from agencies.services.invitation_link import hash_of
from agencies.services.join import NOT_ACCEPTED, NoSuchOffer, Offered, offer_behind, offer_shown
from agencies.services.join_with_identity import claim_with_identity, join_with_identity
from kernel.clock import now
from kernel.errors import DomainError
from kernel.http.pages import public_page

_KEY: Final = "invited"
_LASTS: Final = timedelta(minutes=30)
LINK: Final = "link"


@public_page
@require_http_methods(["GET", "POST"])
def join_identity_page(request: HttpRequest) -> HttpResponse:
    """Leave for the provider with a link; back from there, accept what the link stands for."""
    configured()
    try:
        if request.method == "POST" and LINK in request.POST:
            return _begin(request, request.POST[LINK])
        shown = _shown_in(request.session)
        offered = offer_shown(shown)
        if request.method == "POST" and "again" in request.POST:
            return _leave(request)
        vouched = vouched_for(request.session)
        if request.method != "POST" or vouched is None:
            return _show(request, offered, vouched, 200 if request.method != "POST" else 409)
        return _accept(request, shown, offered, vouched)
    except NoSuchOffer:
        return no_such_offer()


def _begin(request: HttpRequest, link: str) -> HttpResponse:
    """In a session that nobody can have planted, which knows the link only by its digest."""
    offer_behind(link)
    if viewer_of(request) is not None:
        return redirect("agencies:join", link)
    request.session.flush()
    request.session.create()
    request.session[_KEY] = {"shown": hash_of(link).hex(), "at": now().isoformat()}
    return _leave(request)


def _leave(request: HttpRequest) -> HttpResponse:
    return set_out(request, purpose=Purpose.JOIN, target=reverse("agencies:join_identity"))


def _accept(request: HttpRequest, shown: bytes, offered: Offered, vouched: Vouched) -> HttpResponse:
    """Straight in when the provider saw a second factor; else ours is linked first."""
    origin = origin_of(request)
    try:
        if vouched.factor_at is None:
            return keep_claimed(request, claim_with_identity(origin, shown, vouched))
        joined = join_with_identity(origin, shown, vouched)
    except NoSuchOffer:
        raise
    except DomainError as refusal:
        return _show(request, offered, vouched, refusal.status, refusal)
    progress = Progress(
        account_id=joined.account_id,
        started_at=now(),
        target="/",
        factor_at=vouched.factor_at,
        factor="oidc",
        through=joined.through,
    )
    return enter(request, progress)


def _show(
    request: HttpRequest,
    offered: Offered,
    vouched: Vouched | None,
    status: int,
    refusal: DomainError | None = None,
) -> HttpResponse:
    accepted = vouched is not None and offered.cell_id in cells_accepting(vouched.idp_id)
    message = refusal.message if refusal else NOT_ACCEPTED if vouched and not accepted else ""
    context = {
        "offered": offered,
        "roles": in_words(offered.roles),
        "name": configured().name,
        "vouched": vouched if accepted and refusal is None else None,
        "message": message,
    }
    return render(request, "agencies/join_identity.html", context, status=status)


def _shown_in(session: SessionBase) -> bytes:
    """The digest of the link that this browser set out with. Raises NoSuchOffer."""
    kept: dict[str, str] | None = session.get(_KEY)
    if kept is None or now() - datetime.fromisoformat(kept["at"]) > _LASTS:
        raise NoSuchOffer
    return bytes.fromhex(kept["shown"])
