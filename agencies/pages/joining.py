"""The link of an invitation: what is offered, a password or a provider, an application, and in.

Looking at the link does not use it up: mail is opened by machines before people see it. What uses
it up is a POST, and whatever is wrong with a link has one answer.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from agencies.oidc.provider import the_provider
from agencies.oidc.through import accepts_any
from agencies.oidc.vouched import Vouched
from agencies.pages.factor_form import CodeForm
from agencies.pages.joining_forms import ChoosePasswordForm
from agencies.pages.people_lines import in_words
from agencies.pages.progress import Progress, origin_of, viewer_of
from agencies.pages.showing import shown_once
from agencies.pages.signing_in import take_a_seat
from agencies.services import join
from agencies.services.confirm_factor import seats_of
from agencies.services.join import Claimed, NoSuchOffer, Offered
from agencies.services.sign_in import Wait
from kernel.clock import now
from kernel.errors import DomainError
from kernel.http.pages import public_page
from kernel.ui.forms import show_refusal

_KEY: Final = "joining"
_LASTS: Final = timedelta(minutes=50)


@public_page
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "POST"])
def join_page(request: HttpRequest, token: str) -> HttpResponse:
    """What is offered, to whoever shows the link; POST accepts or declines it."""
    try:
        offered = join.offer_behind(token)
        if request.method == "POST" and "decline" in request.POST:
            join.decline(origin_of(request), token)
            return render(request, "agencies/declined.html")
        if viewer_of(request) is not None:
            return _with_account(request, token, offered)
        return _with_new_account(request, token, offered)
    except NoSuchOffer:
        return no_such_offer()


@public_page
@require_http_methods(["GET", "POST"])
def join_factor_page(request: HttpRequest) -> HttpResponse:
    """Link an application and show its first code: only then does the place exist."""
    claimed = _claimed(request.session)
    if claimed is None:
        return no_such_offer()
    form = CodeForm(request.POST if request.method == "POST" else None, devices=())
    if not form.is_valid():
        return _application(request, claimed, form, 422 if form.is_bound else 200)
    try:
        through = join.join_with_new_account(
            origin_of(request), claimed, code=form.cleaned_data["code"]
        )
    except NoSuchOffer:
        return no_such_offer()
    except DomainError as refusal:
        form.data = {}
        show_refusal(form, refusal)
        response = _application(request, claimed, form, refusal.status)
        if isinstance(refusal, Wait):
            response.headers["Retry-After"] = str(refusal.seconds)
        return response
    moment = now()
    return enter(
        request,
        Progress(claimed.account_id, moment, target="/", factor_at=moment, through=through),
    )


def enter(request: HttpRequest, progress: Progress) -> HttpResponse:
    """Into the place that was just taken; a place that begins later opens nothing yet."""
    seats = seats_of(progress.account_id, progress.through)
    if not seats:
        request.session.flush()
        return render(request, "agencies/joined_later.html")
    return take_a_seat(request, progress, seats)


def keep_claimed(request: HttpRequest, claimed: Claimed) -> HttpResponse:
    """The link is used up: on to the page where an application is linked."""
    request.session.cycle_key()
    request.session[_KEY] = {
        "invitation": str(claimed.invitation_id),
        "account": str(claimed.account_id),
        "proof": claimed.proof,
        "vouched": claimed.vouched.kept() if claimed.vouched else None,
        "at": now().isoformat(),
    }
    return redirect("agencies:join_factor")


def no_such_offer() -> HttpResponse:
    """The same bytes for a link that is wrong, used, over or withdrawn."""
    return HttpResponse(render_to_string("agencies/no_such_offer.html"), status=404)


def _with_new_account(request: HttpRequest, token: str, offered: Offered) -> HttpResponse:
    form = ChoosePasswordForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _show_offer(request, token, offered, form)
    try:
        claimed = join.claim(origin_of(request), token, password=form.cleaned_data["password"])
    except NoSuchOffer:
        raise
    except DomainError as refusal:
        form.data = {}
        show_refusal(form, refusal)
        return _show_offer(request, token, offered, form, refusal.status)
    return keep_claimed(request, claimed)


def _with_account(request: HttpRequest, token: str, offered: Offered) -> HttpResponse:
    """Somebody is signed in: they accept if the invitation is theirs."""
    viewer = viewer_of(request)
    mine = viewer is not None and join.is_for(offered, viewer.account_id)
    refusal: DomainError | None = None
    if request.method == "POST" and viewer is not None and mine:
        try:
            join.join_with_account(origin_of(request), token, account_id=viewer.account_id)
        except NoSuchOffer:
            raise
        except DomainError as error:
            refusal = error
        else:
            return HttpResponseRedirect(reverse("agencies:switch"))
    context = _context(token, offered) | {"mine": mine, "refusal": refusal}
    status = refusal.status if refusal else 200
    return render(request, "agencies/join_signed_in.html", context, status=status)


def _show_offer(
    request: HttpRequest, token: str, offered: Offered, form: ChoosePasswordForm, status: int = 0
) -> HttpResponse:
    provider = the_provider()
    by_provider = provider.name if provider and accepts_any(offered.cell_id) else ""
    context = _context(token, offered) | {"form": form, "by_provider": by_provider}
    status = status or (422 if form.is_bound else 200)
    return render(request, "agencies/join.html", context, status=status)


def _application(
    request: HttpRequest, claimed: Claimed, form: CodeForm, status: int
) -> HttpResponse:
    try:
        device = join.authenticator_for(claimed)
    except NoSuchOffer:
        return no_such_offer()
    context = {"form": form, "vouched": claimed.vouched, **shown_once(device)}
    return render(request, "agencies/join_factor.html", context, status=status)


def _context(token: str, offered: Offered) -> dict[str, Any]:
    return {
        "token": token,
        "offered": offered,
        "roles": in_words(offered.roles),
        "sign_in": f"{reverse('agencies:sign_in')}?next={reverse('agencies:join', args=[token])}",
    }


def _claimed(session: SessionBase) -> Claimed | None:
    kept: dict[str, Any] | None = session.get(_KEY)
    if kept is None or now() - datetime.fromisoformat(kept["at"]) > _LASTS:
        return None
    return Claimed(
        UUID(kept["invitation"]),
        UUID(kept["account"]),
        kept["proof"],
        Vouched.of(kept["vouched"]) if kept["vouched"] else None,
    )
