"""Come into the room."""

import hashlib
from uuid import UUID

from audit import record
from kernel.clock import now
from kernel.live import announce
from kernel.viewer import Viewer
from meetings import events, policies
from meetings.access import visible_meeting
from meetings.models import Presence


def row_of_visit(visit: UUID) -> UUID:
    """What the table keeps of a visit's number; PostgreSQL computes the same."""
    return UUID(bytes=hashlib.sha256(visit.bytes).digest()[:16])


def enter(viewer: Viewer, meeting_id: UUID, visit: UUID) -> None:
    """Note the viewer as present from now on, and let the others see it.

    After the meeting nothing is noted: its page is only read. Raises NotFound for a meeting that
    the viewer does not sit at.
    """
    meeting = visible_meeting(viewer, meeting_id)
    if not policies.is_noted_as_present(meeting):
        return
    moment = now()  # the database writes its own, and the names of the seat
    Presence.objects.bulk_create(
        [
            Presence(
                id=row_of_visit(visit),
                cell_id=viewer.cell_id,
                meeting=meeting,
                seat_id=viewer.seat_id,
                display_name=viewer.display_name,
                agency_name=viewer.agency_name,
                joined_at=moment,
                seen_at=moment,
            )
        ]
    )
    record(events.ENTERED, viewer=viewer, subject_id=meeting.pk)
    announce(viewer, f"meeting:{meeting.pk}", "seat.taken", viewer.seat_id)
