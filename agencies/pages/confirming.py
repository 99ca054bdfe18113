"""Showing a factor again, and going on with what asked for it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from agencies.oidc.flows import Purpose
from agencies.oidc.pages.leaving import set_out
from agencies.oidc.provider import the_provider
from agencies.oidc.through import through_of
from agencies.pages.factor_form import FactorForms
from agencies.pages.progress import origin_of, target_of
from agencies.services.confirm_factor import Confirmed, confirm_factor
from agencies.services.factors import offered
from agencies.services.renew_session import renew_session
from agencies.services.sign_in import Wait
from kernel.errors import DomainError, NotAllowed, SignInRequired, StepUpRequired
from kernel.http.kept import Kept, kept_act
from kernel.http.pages import open_before_charter, page
from kernel.http.sessions import scope_token
from kernel.step_up import require_fresh
from kernel.viewer import Viewer

IN_A_DIALOG = "X-Dialog"
"""Sent by a page that asks for the form alone, to show it above what is being done."""
AT_THE_PROVIDER = "provider"
ELSEWHERE = "elsewhere"


@open_before_charter
@page
@require_http_methods(["GET", "POST"])
def confirm_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Ask for a factor; when it is right, lead to the act that waited for it."""
    if request.method == "GET":
        if _is_fresh(viewer) and IN_A_DIALOG not in request.headers:
            return _go_on(request, viewer)
        return _ask(request, viewer, FactorForms(offered(viewer.account_id)))
    if request.POST.get("way") == AT_THE_PROVIDER and _asks_provider(viewer):
        return set_out(
            request,
            purpose=Purpose.STEP_UP,
            target=_here(request),
            account_id=viewer.account_id,
        )
    if request.POST.get("way") == ELSEWHERE:
        return _confirmed_elsewhere(request, viewer)
    factors = FactorForms(offered(viewer.account_id), request.POST)
    if not factors.valid():
        return _ask(request, viewer, factors, 422)
    shown = factors.shown
    try:
        confirmed = confirm_factor(
            origin_of(request),
            account_id=viewer.account_id,
            code=shown.answer,
            kind=shown.kind,
            device_id=shown.device_id,
            through=through_of(viewer.token),
        )
        renew(request, viewer, confirmed)
    except SignInRequired:
        raise
    except DomainError as refusal:
        factors.refuse(refusal)
        response = _ask(request, viewer, factors, refusal.status)
        if isinstance(refusal, Wait):
            response.headers["Retry-After"] = str(refusal.seconds)
        return response
    if IN_A_DIALOG in request.headers:
        return HttpResponse(status=204)
    return HttpResponseRedirect(_here(request))


@open_before_charter
@page
@require_safe
def confirmed_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Where one lands who has confirmed in a tab of its own: the act waits in the other one."""
    return render(request, "agencies/confirmed.html", {"fresh": _is_fresh(viewer)})


def renew(request: HttpRequest, viewer: Viewer, confirmed: Confirmed) -> None:
    """Give the browser a new key and the session the factor that was shown.

    The old key opens nothing from here on. Other tabs send the new one by themselves.
    """
    request.session.cycle_key()
    renew_session(
        origin_of(request),
        viewer,
        confirmed,
        token=scope_token(str(request.session.session_key)),
    )


def _is_fresh(viewer: Viewer) -> bool:
    try:
        require_fresh(viewer)
    except StepUpRequired:
        return False
    return True


def _here(request: HttpRequest) -> str:
    """This page again, about the same act or page."""
    known = {name: request.GET[name] for name in ("act", "next") if name in request.GET}
    return reverse("agencies:confirm") + (f"?{urlencode(known)}" if known else "")


def _ask(
    request: HttpRequest,
    viewer: Viewer,
    factors: FactorForms,
    status: int = 200,
    *,
    waiting: bool = False,
) -> HttpResponse:
    inside = IN_A_DIALOG in request.headers
    template = "agencies/confirm_dialog.html" if inside else "agencies/confirm.html"
    context = {
        "factors": factors,
        "here": _here(request),
        "provider": _asks_provider(viewer),
        "waiting": waiting,
    }
    return render(request, template, context, status=status)


def _asks_provider(viewer: Viewer) -> str:
    """The provider's name when this session came through it; empty when it cannot be asked."""
    provider = the_provider()
    return provider.name if provider and through_of(viewer.token) else ""


def _confirmed_elsewhere(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """A dialog asks whether its person has confirmed in another tab meanwhile."""
    if not _is_fresh(viewer):
        return _ask(request, viewer, FactorForms(offered(viewer.account_id)), 422, waiting=True)
    if IN_A_DIALOG in request.headers:
        return HttpResponse(status=204)
    return HttpResponseRedirect(_here(request))


def _go_on(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Back to the page, or the act with its fields, to be sent by the person's own browser."""
    if "act" not in request.GET:
        return HttpResponseRedirect(target_of(request))
    return go_on_page(request, viewer, request.GET["act"], _("Votre identité est confirmée"))


def go_on_page(request: HttpRequest, viewer: Viewer, act: str, title: str) -> HttpResponse:
    """What was sent before, ready to be sent again; what is no longer kept is said so."""
    kept = _kept(viewer, act)
    if kept is None:
        raise NotAllowed(
            _(
                "Ce que vous aviez envoyé n'est plus gardé. Revenez à la page où vous étiez et "
                "envoyez-le de nouveau."
            )
        )
    return render(request, "agencies/go_on.html", {"title": title, "kept": kept})


def _kept(viewer: Viewer, act: str) -> Kept | None:
    try:
        return kept_act(viewer, UUID(act))
    except ValueError:
        return None
