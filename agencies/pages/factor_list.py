"""One's own factors: what there is, its names, and taking one away."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from agencies.pages.own_factor_forms import NameForm
from agencies.services import agree_replacement, my_factors
from kernel.http.acting import Act, perform, posted
from kernel.http.pages import open_before_charter, page
from kernel.step_up import require_fresh
from kernel.viewer import Viewer


@open_before_charter
@page
@require_http_methods(["GET"])
def factors_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Everything the person can sign in with, and what is under way about it."""
    return factors_list(request, viewer)


def factors_list(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The same, for an act that leads back to it."""
    context = {
        "mine": my_factors.my_factors(viewer),
        "request_open": agree_replacement.my_request(viewer),
    }
    return render(request, "agencies/factors.html", context)


@open_before_charter
@page
@require_http_methods(["GET", "POST"])
def rename_page(request: HttpRequest, viewer: Viewer, kind: str, device_id: int) -> HttpResponse:
    """Give a device another name."""
    device = my_factors.device_of(viewer, kind, device_id)
    form = NameForm(posted(request), initial={"name": device.name})

    def show() -> HttpResponse:
        return render(request, "agencies/factor_rename.html", {"device": device, "form": form})

    if request.method != "POST":
        return show()

    def do() -> UUID:
        my_factors.rename(viewer, kind, device_id, form.cleaned_data["name"])
        return viewer.account_id

    act = Act(
        f"rename_factor:{kind}:{device_id}",
        do,
        reverse("agencies:factors"),
        _("Le nom est changé."),
    )
    return perform(request, viewer, act, form=form, again=show)


@open_before_charter
@page
@require_http_methods(["GET", "POST"])
def remove_page(request: HttpRequest, viewer: Viewer, kind: str, device_id: int) -> HttpResponse:
    """Say what taking it away does, then do it. Both need a fresh factor."""
    device = my_factors.device_of(viewer, kind, device_id)
    require_fresh(viewer)

    def show() -> HttpResponse:
        context = {"device": device, "last": my_factors.my_factors(viewer).last}
        return render(request, "agencies/factor_remove.html", context)

    if request.method != "POST":
        return show()

    def do() -> UUID:
        my_factors.remove(viewer, kind, device_id)
        return viewer.account_id

    act = Act(
        f"remove_factor:{kind}:{device_id}",
        do,
        reverse("agencies:factors"),
        _("Ce facteur ne vaut plus. Vos autres sessions sont fermées."),
    )
    return perform(request, viewer, act, again=show)
