"""Changing places with one press, and finding again what was written in another place."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from agencies.places import my_places
from agencies.services.confirm_factor import SeatChoice
from agencies.services.switch_seat import switch_seat
from kernel.errors import Invalid, WrongState
from kernel.http import seats
from kernel.http.kept import Fields, Kept, keep_act, kept_act
from kernel.http.pages import open_before_charter, page
from kernel.http.sessions import scope_token
from kernel.ids import id_in
from kernel.viewer import Viewer


@open_before_charter
@page
@require_http_methods(["GET", "POST"])
def switch(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """One's places; POST takes one of them and goes home, for what was open may not exist there."""
    if request.method == "GET":
        context = {"places": my_places(), "current": viewer.seat_id}
        return render(request, "agencies/places.html", context)
    seat = take_seat(request, viewer, request.POST.get("seat", ""))
    messages.success(request, _("Vous agissez maintenant pour %s.") % seat.agency_name)
    act = id_in(request.POST.get("act", ""))
    again = f"{reverse('agencies:take_up_again')}?act={act}"
    return HttpResponseRedirect(again if act else "/")


@page
@require_http_methods(["GET"])
def take_up_again(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Back in the place where something was written: it is shown once more, ready to be sent."""
    act = id_in(request.GET.get("act", ""))
    if act is None:
        return HttpResponseRedirect(reverse("agencies:switch"))
    kept = kept_act(viewer, act)
    if kept is None or not _is_of(viewer, kept):
        raise WrongState(
            _(
                "Ce que vous aviez envoyé n'est plus gardé. Revenez à la page où vous étiez et "
                "envoyez-le de nouveau."
            )
        )
    context = {"kept": kept, "words": _words(kept.fields)}
    return render(request, "agencies/written.html", context)


def take_seat(request: HttpRequest, viewer: Viewer, seat: str) -> SeatChoice:
    """Switch, with a new session key. Raises as switch_seat does."""

    def rotate() -> str:
        request.session.cycle_key()
        return scope_token(str(request.session.session_key))

    seat_id = id_in(seat)
    if seat_id is None:
        raise Invalid(_("Choisissez un de vos rôles."))
    # The secret behind the forms stays: the person is the same, and another tab still holds a
    # form whose words must not be lost.
    return switch_seat(viewer, seat_id, rotate)


def other_seat_page(request: HttpRequest, viewer: Viewer, meant: UUID) -> HttpResponse:
    """What was sent belongs to another of this person's places: it is kept, and not done."""
    place = next((place for place in my_places() if place.id == meant), None)
    act = keep_act(request, viewer, unread=True)
    kept = kept_act(viewer, act) if act else None
    context = {
        "place": place,
        "act": act,
        "words": _words(kept.fields) if kept else [],
        "files": bool(kept and kept.files),
    }
    return render(request, "agencies/other_seat.html", context, status=409)


def _is_of(viewer: Viewer, kept: Kept) -> bool:
    return (seats.FIELD, str(viewer.seat_id)) in kept.fields


def _words(fields: Fields) -> list[str]:
    """What a person wrote, to be read again and copied: no identifiers, no bookkeeping."""
    found = [value.strip() for name, value in fields if not name.startswith("_")]
    return [value for value in found if " " in value]
