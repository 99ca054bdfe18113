"""Those who agree to the replacement of somebody's factors, and calling one off."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from agencies import policies
from agencies.pages.factor_list import factors_list
from agencies.services import agree_replacement
from agencies.services.note_reading import note_people
from kernel.clock import now
from kernel.http.acting import Act, perform
from kernel.http.pages import page
from kernel.viewer import Viewer


@page
@require_http_methods(["GET"])
def replacements_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The open requests, how far each has come, and what this person may do about it."""
    return _list(request, viewer)


def _list(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    requests = agree_replacement.open_requests(viewer)
    people = {one.account_id for one in requests} | {one.first_by for one in requests}
    names = agree_replacement.names_of(viewer, [person for person in people if person])
    lines = [
        {
            "request": one,
            "name": names.get(one.account_id, ""),
            "first": names.get(one.first_by) if one.first_by else "",
            "can_agree": one.second_by is None and policies.can_agree(viewer, one),
            "waits": one.opens_at is not None and now() < one.opens_at,
            "can_link": one.opens_at is not None
            and now() >= one.opens_at
            and policies.can_hand_out_link(viewer, one),
        }
        for one in requests
    ]
    hours = int(settings.FACTOR_REPLACEMENT_WAIT.total_seconds() // 3600)
    note_people(viewer, "replacements", len(lines))
    return render(request, "agencies/replacements.html", {"lines": lines, "hours": hours})


@page
@require_POST
def agree_page(request: HttpRequest, viewer: Viewer, request_id: UUID) -> HttpResponse:
    """Agree to a request, as the first or the second."""

    def do() -> UUID:
        agree_replacement.agree(viewer, request_id)
        return request_id

    act = Act(
        f"agree_replacement:{request_id}",
        do,
        reverse("agencies:replacements"),
        _("Votre accord est enregistré. La personne est prévenue."),
    )
    return perform(request, viewer, act, again=lambda: _list(request, viewer))


@page
@require_POST
def link_page(request: HttpRequest, viewer: Viewer, request_id: UUID) -> HttpResponse:
    """Make the one-time link and show it, this once, to be handed over in person."""
    token = agree_replacement.hand_out_link(viewer, request_id)
    path = reverse("agencies:replace_link", args=[token])
    context = {
        "link": f"{settings.PUBLIC_ADDRESS}{path}",
        "minutes": int(settings.FACTOR_LINK_LASTS.total_seconds() // 60),
    }
    return render(request, "agencies/replacement_link.html", context)


@page
@require_POST
def cancel_page(request: HttpRequest, viewer: Viewer, request_id: UUID) -> HttpResponse:
    """Call a request off: the person with one click, or whoever may agree to it."""

    def do() -> UUID:
        agree_replacement.cancel(viewer, request_id)
        return request_id

    mine = agree_replacement.my_request(viewer)
    own = not policies.can_see_replacements(viewer) or (mine and mine.pk == request_id)
    back, again = ("factors", factors_list) if own else ("replacements", _list)
    act = Act(
        f"cancel_replacement:{request_id}",
        do,
        reverse(f"agencies:{back}"),
        _("La demande est annulée."),
    )
    return perform(request, viewer, act, again=lambda: again(request, viewer))
