"""Open a meeting, end it, or call it off."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit import record
from kernel.errors import NotAllowed, NotFound, WrongState
from kernel.ids import uuid7
from kernel.outbox import enqueue
from kernel.viewer import Viewer
from meetings import events, policies
from meetings.access import locked_meeting, tell_live
from meetings.models import AgendaItem, Decision, Invitation, Meeting
from meetings.states import ItemState, MeetingState
from referrals import partners
from referrals.states import COORDINATION

KINDS = {
    MeetingState.OPEN: events.OPENED,
    MeetingState.HELD: events.HELD,
    MeetingState.CANCELLED: events.CANCELLED,
}


def open_meeting(viewer: Viewer, meeting_id: UUID, *, version: int | None = None) -> Meeting:
    """Begin a planned meeting: from now on decisions can be recorded."""
    meeting = _move(viewer, meeting_id, MeetingState.OPEN, policies.CHAIRS, version, current=1)
    AgendaItem.objects.filter(meeting=meeting, position=1).update(state=ItemState.OPEN)
    tell_live(viewer, meeting, "meeting.opened")
    return meeting


def end_meeting(viewer: Viewer, meeting_id: UUID, *, version: int | None = None) -> Meeting:
    """End a meeting that is going on: everybody has left, and nothing more can be decided in it."""
    meeting = _move(viewer, meeting_id, MeetingState.HELD, policies.CHAIRS, version, current=0)
    AgendaItem.objects.filter(meeting=meeting).update(state=ItemState.DONE)
    tell_live(viewer, meeting, "meeting.held")
    return meeting


def take_up(viewer: Viewer, meeting_id: UUID, *, position: int) -> Meeting:
    """Turn to another point of the agenda. Those whom it does not concern see only its number."""
    meeting = locked_meeting(viewer, meeting_id)
    if not viewer.has(*policies.CHAIRS):
        raise NotAllowed
    if meeting.state != MeetingState.OPEN:
        raise WrongState(_("On passe d'un point à l'autre pendant la réunion."))
    if not 1 <= position <= meeting.items:
        raise NotFound
    points = AgendaItem.objects.filter(meeting=meeting)
    points.filter(state=ItemState.OPEN).update(state=ItemState.DONE)
    points.filter(position=position).update(state=ItemState.OPEN)
    meeting.current = position
    meeting.version += 1
    meeting.save(update_fields=["current", "version"])
    record(events.POINT_TAKEN_UP, viewer=viewer, subject_id=meeting.pk, position=position)
    tell_live(viewer, meeting, "point.taken_up", units=False)
    return meeting


def cancel(viewer: Viewer, meeting_id: UUID, *, version: int | None = None) -> Meeting:
    """Call off a planned meeting and tell those who were asked to come."""
    meeting = _move(viewer, meeting_id, MeetingState.CANCELLED, COORDINATION, version)
    asked = Invitation.objects.filter(meeting=meeting).values_list("unit_id", flat=True)
    enqueue(
        viewer,
        event_id=uuid7(),
        kind="meeting.cancelled",
        recipients=partners.recipients_for_units(viewer, set(asked)),
        subject_id=meeting.pk,
    )
    tell_live(viewer, meeting, "meeting.cancelled")
    return meeting


def _move(
    viewer: Viewer,
    meeting_id: UUID,
    to: MeetingState,
    roles: frozenset[str],
    version: int | None,
    **fields: object,
) -> Meeting:
    meeting = locked_meeting(viewer, meeting_id, version=version)
    allowed = {
        MeetingState.OPEN: policies.can_open,
        MeetingState.HELD: policies.can_end,
        MeetingState.CANCELLED: policies.can_cancel,
    }[to]
    if not allowed(viewer, meeting):
        if not viewer.has(*roles):
            raise NotAllowed
        raise WrongState(
            _("Cette réunion est « %(state)s » : cette action n'est plus possible.")
            % {"state": meeting.get_state_display()}
        )
    before, meeting.state = meeting.state, to
    meeting.version += 1
    for name, value in fields.items():
        setattr(meeting, name, value)
    meeting.save(update_fields=["state", "version", *fields])
    meeting.refresh_from_db()
    said: dict[str, Any] = {"before": before, "after": meeting.state}
    if to == MeetingState.HELD:
        said["decisions"] = Decision.objects.filter(meeting=meeting).count()
    record(KINDS[to], viewer=viewer, subject_id=meeting.pk, **said)
    return meeting
