"""The room: who is there, what is on the agenda, what is decided."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kernel.http.pages import page
from kernel.live.announce import last_seq
from kernel.viewer import Viewer
from meetings import policies, selectors
from meetings.forms import COORDINATION, DecisionForm
from meetings.models import Meeting
from meetings.pages.wording import ITEM_TONES, TONES
from meetings.selectors import Point
from meetings.services import conduct
from meetings.services.record_decision import record_decision
from meetings.states import DecisionCode, ItemState, MeetingState
from referrals.pages.acting import Act, perform, version_of


@page
def meeting(request: HttpRequest, viewer: Viewer, meeting_id: UUID) -> HttpResponse:
    """The whole room."""
    return _room_page(request, viewer, meeting_id)


@page
def people(request: HttpRequest, viewer: Viewer, meeting_id: UUID) -> HttpResponse:
    """Only who is there: fetched again whenever somebody comes or goes."""
    context = _live(meeting_id) | {"present": selectors.read_who_is_here(viewer, meeting_id)}
    return render(request, "meetings/_people.html", context)


@page
def decisions(request: HttpRequest, viewer: Viewer, meeting_id: UUID) -> HttpResponse:
    """Only what is decided: fetched again whenever something is; POST records a decision."""
    if request.method == "POST":
        return _decide(request, viewer, meeting_id)
    context = _live(meeting_id) | {"decisions": selectors.decisions(viewer, meeting_id)}
    return render(request, "meetings/_decisions.html", context)


@page
def open_room(request: HttpRequest, viewer: Viewer, meeting_id: UUID) -> HttpResponse:
    """Begin the meeting."""
    return _conduct(request, viewer, meeting_id, "open", _("La réunion est ouverte."))


@page
def end(request: HttpRequest, viewer: Viewer, meeting_id: UUID) -> HttpResponse:
    """End the meeting."""
    return _conduct(request, viewer, meeting_id, "end", _("La réunion est terminée."))


@page
def cancel(request: HttpRequest, viewer: Viewer, meeting_id: UUID) -> HttpResponse:
    """Call the meeting off."""
    return _conduct(
        request,
        viewer,
        meeting_id,
        "cancel",
        _("La réunion est annulée. Les services conviés sont prévenus."),
    )


@page
def take_up(request: HttpRequest, viewer: Viewer, meeting_id: UUID, position: int) -> HttpResponse:
    """Turn to another point."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    act = Act(
        f"take_up:{meeting_id}",
        lambda: conduct.take_up(viewer, meeting_id, position=position).pk,
        reverse("meetings:meeting", args=[meeting_id]),
        _("La réunion passe au point %(position)s.") % {"position": position},
    )
    return perform(request, viewer, act, again=lambda: _room_page(request, viewer, meeting_id))


_VERBS = {"open": conduct.open_meeting, "end": conduct.end_meeting, "cancel": conduct.cancel}


def _conduct(
    request: HttpRequest, viewer: Viewer, meeting_id: UUID, verb: str, said: object
) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    act = Act(
        f"{verb}_meeting:{meeting_id}",
        lambda: _VERBS[verb](viewer, meeting_id, version=version_of(request)).pk,
        reverse("meetings:meeting", args=[meeting_id]),
        said,
    )
    return perform(request, viewer, act, again=lambda: _room_page(request, viewer, meeting_id))


def _decide(request: HttpRequest, viewer: Viewer, meeting_id: UUID) -> HttpResponse:
    found = selectors.meeting_for(viewer, meeting_id)
    point = _open_point(selectors.agenda(viewer, found))
    form = _decision_form(viewer, found, point, request.POST)

    def do() -> UUID:
        owner = form.cleaned_data["owner"]
        return record_decision(
            viewer,
            meeting_id,
            code=DecisionCode(form.cleaned_data["code"]),
            text=form.cleaned_data["text"],
            due_on=form.cleaned_data["due_on"],
            owner_accession=None if owner == COORDINATION else UUID(owner),
            position=point.position if point else 1,
        ).pk

    act = Act(
        f"decide:{meeting_id}",
        do,
        reverse("meetings:meeting", args=[meeting_id]),
        _("La décision est enregistrée."),
    )
    return perform(
        request,
        viewer,
        act,
        form=form,
        again=lambda: _room_page(request, viewer, meeting_id, form=form),
    )


def _room_page(
    request: HttpRequest, viewer: Viewer, meeting_id: UUID, *, form: DecisionForm | None = None
) -> HttpResponse:
    live = _live(meeting_id)
    found = selectors.meeting_for(viewer, meeting_id)
    points = selectors.agenda(viewer, found)
    point = _open_point(points)
    may_decide = point is not None and policies.can_decide(viewer, found, point.level)
    context: dict[str, Any] = live | {
        "meeting": found,
        "tone": TONES[MeetingState(found.state)],
        "points": [_shown(viewer, found, each) for each in points],
        "invitations": selectors.invitations(viewer, found),
        "present": selectors.who_is_here(viewer, meeting_id),
        "decisions": selectors.decisions(viewer, meeting_id),
        "form": (form or _decision_form(viewer, found, point)) if may_decide else None,
        "acts": _acts(viewer, found),
        "can_move": policies.can_end(viewer, found) and found.items > 1,
        "note_presence": policies.is_noted_as_present(found),
    }
    return render(request, "meetings/meeting.html", context)


def _live(meeting_id: UUID) -> dict[str, Any]:
    room = f"meeting:{meeting_id}"
    return {
        "room": room,
        "seq": last_seq(room),
        "people_url": reverse("meetings:people", args=[meeting_id]),
        "decisions_url": reverse("meetings:decisions", args=[meeting_id]),
    }


def _open_point(points: list[Point]) -> Point | None:
    """The point that is being discussed, if it is about a case of this viewer's."""
    for point in points:
        if point.is_current and point.item is not None and point.item.case_id:
            return point
    return None


def _decision_form(
    viewer: Viewer, found: Meeting, point: Point | None, data: Any = None
) -> DecisionForm:
    owners = []
    if point is not None and point.item is not None and point.item.case_id is not None:
        owners = selectors.agencies_to_entrust(viewer, found, point.item.case_id)
    return DecisionForm(owners, data)


def _shown(viewer: Viewer, found: Meeting, point: Point) -> dict[str, object]:
    item = point.item
    about_case = item is not None and item.case_id is not None
    return {
        "position": point.position,
        "is_current": point.is_current,
        "item": item,
        "tone": ITEM_TONES[ItemState(item.state)] if item else "progress",
        "case_url": reverse("referrals:case", args=[item.case_id]) if item and about_case else None,
        "take_up_url": reverse("meetings:take_up", args=[found.pk, point.position])
        if policies.can_end(viewer, found) and not point.is_current
        else None,
    }


def _acts(viewer: Viewer, found: Meeting) -> list[dict[str, object]]:
    acts: list[dict[str, object]] = []
    if policies.can_open(viewer, found):
        acts.append({"label": _("Ouvrir la réunion"), "name": "open", "variant": "primary"})
    if policies.can_end(viewer, found):
        acts.append({"label": _("Terminer la réunion"), "name": "end", "variant": "secondary"})
        acts[-1]["asks"] = _("Terminer la réunion pour tout le monde ?")
        acts[-1]["warns"] = _("Plus aucune décision ne pourra y être enregistrée.")
    if policies.can_cancel(viewer, found):
        acts.append({"label": _("Annuler la réunion"), "name": "cancel", "variant": "quiet"})
        acts[-1]["asks"] = _("Annuler la réunion ?")
        acts[-1]["warns"] = _("Les services conviés seront prévenus qu'elle n'a pas lieu.")
    for act in acts:
        act["url"] = reverse(f"meetings:{act['name']}", args=[found.pk])
    return acts
