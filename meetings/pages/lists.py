"""The meetings of this seat."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

from kernel.http.pages import page
from kernel.live.announce import last_seq
from kernel.viewer import Viewer
from meetings.models import Meeting
from meetings.pages.wording import TONES
from meetings.selectors import meetings_of, references_of
from meetings.states import MeetingState
from referrals.casefile.places import place_from, place_text


@page
def meetings(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What is coming, and what is over."""
    rooms = [(f"unit:{unit}", last_seq(f"unit:{unit}")) for unit in viewer.units]
    found = meetings_of(viewer, before=place_from(request.GET.get("avant", "")))
    further = place_text(found.next_before)
    references = references_of(viewer, [*found.coming, *found.past])
    context = {
        "coming": [_row(meeting, references[meeting.pk]) for meeting in found.coming],
        "past": [_row(meeting, references[meeting.pk]) for meeting in found.past],
        "next_url": f"{request.path}?{urlencode({'avant': further})}" if further else None,
        "rooms": rooms,
    }
    return render(request, "meetings/meetings.html", context)


def _row(meeting: Meeting, references: list[str]) -> dict[str, object]:
    return {
        "meeting": meeting,
        "references": references,
        "tone": TONES[MeetingState(meeting.state)],
        "url": reverse("meetings:meeting", args=[meeting.pk]),
    }
