"""Meetings to come whose convener has left the cell."""

from __future__ import annotations

from django.urls import reverse

from agencies.selectors import places_still_held
from kernel.viewer import Viewer
from meetings.models import Meeting
from meetings.states import MeetingState
from referrals.casework.left_behind import Elsewhere

MOST = 100


def without_convener(viewer: Viewer) -> list[Elsewhere]:
    """Planned meetings that the viewer may see and nobody of those who convened them is left."""
    planned = Meeting.objects.filter(cell_id=viewer.cell_id, state=MeetingState.PLANNED)
    soonest = [
        meeting
        for meeting in planned.order_by("starts_at", "id")[:MOST]
        if set(meeting.viewers) & set(viewer.units)
    ]
    held = places_still_held(viewer, {meeting.convened_by for meeting in soonest})
    return [
        Elsewhere(
            url=reverse("meetings:meeting", args=[meeting.pk]),
            at=meeting.starts_at,
            who=meeting.convened_name,
        )
        for meeting in soonest
        if meeting.convened_by not in held
    ]
