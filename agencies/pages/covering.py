"""Absences: who stands in for whom, and the second person's word where one is needed."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from agencies.models import AbsenceState, Membership, PlaceKind
from agencies.pages.leaving_forms import CoverForm
from agencies.services import cover
from agencies.services.note_reading import note_person
from kernel.errors import NotFound
from kernel.http.acting import Act, perform, posted
from kernel.http.pages import page
from kernel.viewer import Viewer


@page
def absence_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """My absences, those I stand in for, and those that wait for my word."""
    mine = Membership.objects.filter(pk=viewer.seat_id, kind=PlaceKind.PERSON).first()
    if mine is None:
        if request.method == "POST":
            raise NotFound
        return _show(request, viewer, None, None)
    return _named(request, viewer, mine, reverse("agencies:absence"))


@page
def cover_page(request: HttpRequest, viewer: Viewer, place_id: UUID) -> HttpResponse:
    """Say who stands in for a person of the agency, in their place."""
    away = cover.coverable(viewer, place_id)
    if request.method != "POST":
        note_person(viewer, away)
    return _named(request, viewer, away, request.path)


@page
@require_POST
def confirm_page(request: HttpRequest, viewer: Viewer, absence_id: UUID) -> HttpResponse:
    """Confirm, as a second person."""

    def do() -> UUID:
        return cover.confirm_deputy(viewer, absence_id).pk

    return _stepped(
        request, viewer, f"cover-confirm:{absence_id}", do, _("Le remplacement est confirmé.")
    )


@page
@require_POST
def stop_page(request: HttpRequest, viewer: Viewer, absence_id: UUID) -> HttpResponse:
    """Stop a cover, or turn it down."""

    def do() -> UUID:
        cover.end_cover(viewer, absence_id)
        return absence_id

    return _stepped(
        request, viewer, f"cover-stop:{absence_id}", do, _("Le remplacement est arrêté.")
    )


def _stepped(
    request: HttpRequest, viewer: Viewer, name: str, do: object, said: object
) -> HttpResponse:
    act = Act(name, do, reverse("agencies:absence"), said)  # type: ignore[arg-type]
    return perform(request, viewer, act, again=lambda: absence_again(request, viewer))


def absence_again(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The page of absences with what was refused above it."""
    mine = Membership.objects.filter(pk=viewer.seat_id, kind=PlaceKind.PERSON).first()
    form = None
    if mine is not None:
        form = CoverForm(None, deputies=cover.possible_deputies(viewer, mine))
    return _show(request, viewer, mine, form)


def _named(request: HttpRequest, viewer: Viewer, away: Membership, here: str) -> HttpResponse:
    form = CoverForm(posted(request), deputies=cover.possible_deputies(viewer, away))
    if request.method != "POST":
        return _show(request, viewer, away, form)

    def do() -> UUID:
        starts_at, ends_at = form.moments()
        return cover.name_deputy(
            viewer,
            away.pk,
            deputy_id=UUID(form.cleaned_data["deputy"]),
            starts_at=starts_at,
            ends_at=ends_at,
        ).pk

    def said() -> object:
        return _said(viewer, away, UUID(form.cleaned_data["deputy"]))

    act = Act(f"cover:{away.pk}", do, here, said)
    return perform(
        request, viewer, act, form=form, again=lambda: _show(request, viewer, away, form)
    )


def _said(viewer: Viewer, away: Membership, deputy_id: UUID) -> object:
    """What came of it: a cover that still waits for its second person replaces nobody yet."""
    named = [
        one
        for one in cover.absences_for(viewer)
        if (one.membership_id, one.deputy_id) == (away.pk, deputy_id)
    ]
    if any(one.state == AbsenceState.PROPOSED for one in named):
        return _(
            "Le remplacement est noté. Il n'a pas encore d'effet : une seconde personne doit le"
            " confirmer."
        )
    return _("Le remplacement est noté. Chacun est prévenu.")


def _show(
    request: HttpRequest, viewer: Viewer, away: Membership | None, form: CoverForm | None
) -> HttpResponse:
    rows = [
        {
            "absence": one,
            "last_day": one.last_day,
            "waits": one.state == AbsenceState.PROPOSED,
            "may_confirm": cover.may_confirm(viewer, one),
            "may_stop": cover.may_stop(viewer, one),
            "is_mine": viewer.account_id == one.membership.account_id,
        }
        for one in cover.absences_for(viewer)
    ]
    context = {
        "rows": rows,
        "away": away,
        "mine": away is not None and away.pk == viewer.seat_id,
        "form": form,
        "nobody": form is not None and len(form.fields["deputy"].choices) < 2,  # type: ignore[attr-defined]
    }
    return render(request, "agencies/absence.html", context)
