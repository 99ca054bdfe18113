"""The pages on which access ends: a person's, or a whole agency's."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agencies import leavers
from agencies.models import AgencyKind, EndReason, Membership, PlaceKind
from agencies.pages.leaving_forms import EVERYWHERE, WHOLE, EndAgencyForm, EndPersonForm
from agencies.roles import Role
from agencies.services.end_access import end_agency, end_person
from agencies.services.note_reading import note_person
from kernel.clock import now
from kernel.http.acting import Act, perform, posted
from kernel.http.pages import page
from kernel.viewer import Viewer


@page
def end_person_page(request: HttpRequest, viewer: Viewer, place_id: UUID) -> HttpResponse:
    """What ends and why; POST ends it."""
    who = leavers.leaver(viewer, place_id)
    myself = who.place.account_id == viewer.account_id
    form = EndPersonForm(
        posted(request),
        several=len(who.places) > 1,
        missing=leavers.last_roles([place.pk for place in who.places]),
        successors=leavers.successors(viewer, who),
    )

    def show() -> HttpResponse:
        context = {
            "who": who,
            "myself": myself,
            "back": reverse("agencies:absence")
            if myself
            else reverse("agencies:person", args=[place_id]),
            "over": who.place.valid_until <= now(),
            "form": form,
            "places": [(place, _what(place)) for place in who.places],
        }
        return render(request, "agencies/end_person.html", context)

    if request.method != "POST":
        note_person(viewer, who.place)
        return show()

    def do() -> UUID:
        end_person(
            viewer,
            place_id,
            reason=EndReason(form.cleaned_data["reason"]),
            everywhere=form.cleaned_data.get("extent") == EVERYWHERE,
            follows=UUID(form.cleaned_data["follows"])
            if form.cleaned_data.get("follows")
            else None,
        )
        return place_id

    then = reverse("home") if myself else request.path
    said = _("L'accès est terminé. Les sessions ouvertes se ferment.")
    return perform(request, viewer, Act(f"end:{place_id}", do, then, said), form=form, again=show)


@page
def end_agency_page(request: HttpRequest, viewer: Viewer, accession_id: UUID) -> HttpResponse:
    """Stop everybody of an agency at once, or end its accession; POST does it."""
    signed = leavers.accession_to_end(viewer, accession_id)
    form = EndAgencyForm(posted(request))

    def show() -> HttpResponse:
        people = leavers.live_places(viewer).filter(accession_id=accession_id)
        context = {
            "signed": signed,
            "school": signed.agency.kind == AgencyKind.SCHOOL,
            "people": [(place, _what(place)) for place in people.order_by("display_name", "id")],
            "over": signed.valid_until <= now(),
            "form": form,
        }
        return render(request, "agencies/end_agency.html", context)

    if request.method != "POST":
        return show()

    def do() -> UUID:
        end_agency(
            viewer,
            accession_id,
            reason=EndReason(form.cleaned_data["reason"]),
            whole=form.cleaned_data["extent"] == WHOLE,
        )
        return accession_id

    act = Act(
        f"end-agency:{accession_id}",
        do,
        request.path,
        _("C'est fait. Plus personne de cet organisme n'a accès."),
    )
    return perform(request, viewer, act, form=form, again=show)


def _what(place: Membership) -> str:
    """What a place is for, in words: roles of a person, or that it is a machine's."""
    if place.kind == PlaceKind.SYSTEM:
        return str(PlaceKind.SYSTEM.label)
    labels = dict(Role.choices)
    return ", ".join(str(labels.get(role, role)) for role in place.roles)
