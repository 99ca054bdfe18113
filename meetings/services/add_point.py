"""Put another case on the agenda."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit import record
from kernel.clock import now
from kernel.errors import Conflict, WrongState
from kernel.viewer import Viewer
from meetings import events, policies
from meetings.access import locked_meeting, tell_live, visible_meeting
from meetings.models import AgendaItem, Meeting
from meetings.states import MeetingState
from referrals.casefile.cases import (
    ENDED,
    locked_case,
    milestone,
    too_late_or_not_theirs,
)
from referrals.compartments import Compartment
from referrals.states import COORDINATION

MOST_POINTS = 30


def add_point(viewer: Viewer, meeting_id: UUID, case_id: UUID) -> Meeting:
    """Add a case to the agenda of a planned meeting.

    Only those at the table who may read that case are admitted to the point; for the others it is
    a number.
    """
    visible_meeting(viewer, meeting_id)
    case = locked_case(viewer, case_id)
    meeting = locked_meeting(viewer, meeting_id)
    if not policies.can_convene(viewer, case.state):
        raise too_late_or_not_theirs(viewer, COORDINATION, case_id, ENDED)
    if meeting.state != MeetingState.PLANNED or meeting.items >= MOST_POINTS:
        raise WrongState(_("L'ordre du jour de cette réunion ne change plus."))
    if AgendaItem.objects.filter(meeting=meeting, case_id=case.pk).exists():
        raise Conflict(_("Ce dossier est déjà à l'ordre du jour."))
    meeting.version += 1
    meeting.save(update_fields=["version"])
    put_on_agenda(meeting, case.pk, case.reference or "", meeting.items + 1)
    meeting.refresh_from_db()
    milestone(viewer, case, "meeting.convened", bit=Compartment.CELL.bit)
    record(
        events.POINT_ADDED,
        viewer=viewer,
        case_id=case.pk,
        subject_id=meeting.pk,
        position=meeting.items,
    )
    tell_live(viewer, meeting, "point.added", units=False, case_id=case.pk)
    return meeting


def put_on_agenda(meeting: Meeting, case_id: UUID, reference: str, position: int) -> None:
    """Make the case the point of that number, from 1."""
    item = AgendaItem(
        cell_id=meeting.cell_id,
        meeting=meeting,
        case_id=case_id,
        case_reference=reference,
        position=position,
        created_at=now(),
    )
    AgendaItem.objects.bulk_create([item])
