"""One's own identities: which are linked to this account, one more, one less."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from agencies.oidc.flows import Purpose
from agencies.oidc.pages.gate import configured
from agencies.oidc.pages.leaving import set_out
from agencies.pages.progress import origin_of
from agencies.services.link_identity import identities_of, unlink_identity
from kernel.http.acting import Act, perform
from kernel.http.pages import page
from kernel.step_up import require_fresh
from kernel.viewer import Viewer


@page
@require_http_methods(["GET", "POST"])
def identities_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What is linked; sent, it sets out to prove one more."""
    if request.method == "POST":
        require_fresh(viewer)
        return set_out(
            request,
            purpose=Purpose.LINK,
            target=reverse("agencies:identities"),
            account_id=viewer.account_id,
        )
    return _show(request, viewer)


@page
@require_POST
def unlink_page(request: HttpRequest, viewer: Viewer, identity_id: UUID) -> HttpResponse:
    """Take one away."""
    act = Act(
        "agencies.unlink_identity",
        lambda: unlink_identity(origin_of(request), viewer, identity_id),
        reverse("agencies:identities"),
        _("Cette identité n'ouvre plus votre compte."),
    )
    return perform(request, viewer, act, again=lambda: _show(request, viewer))


def _show(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    context = {"identities": identities_of(viewer), "name": configured().name}
    return render(request, "agencies/identities.html", context)
