"""How every service gets hold of a meeting: seen first, then locked, then asked for its state."""

from uuid import UUID

from django.db import connection

from kernel.clock import now
from kernel.errors import Conflict, NotAllowed, NotFound
from kernel.live import announce
from kernel.viewer import Viewer
from meetings import policies
from meetings.models import AgendaItem, Meeting


def visible_meeting(viewer: Viewer, meeting_id: UUID) -> Meeting:
    """The meeting, if this viewer sits at it. Raises NotFound otherwise, whatever the cause."""
    meeting = None
    if policies.can_sit(viewer):
        meeting = Meeting.objects.filter(pk=meeting_id, cell_id=viewer.cell_id).first()
    if meeting is None or not set(meeting.viewers) & set(viewer.units):
        raise NotFound
    if not is_at_table(meeting):
        raise NotFound
    return meeting


def is_at_table(meeting: Meeting) -> bool:
    """Whether the bound viewer, whom the meeting lists, sits at it at this moment.

    The list is exact until the first right to read a case of the agenda runs out.
    """
    if meeting.recheck_at > now():
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT meetings.still_at_table(%s, NULL)", [meeting.pk])
        return bool(cursor.fetchone()[0])


def locked_meeting(viewer: Viewer, meeting_id: UUID, *, version: int | None = None) -> Meeting:
    """The meeting, locked for a change. Raises Conflict when ``version`` is no longer current."""
    visible_meeting(viewer, meeting_id)
    locked = Meeting.objects.select_for_update().filter(pk=meeting_id).first()
    if locked is None:
        raise NotAllowed
    if version is not None and version != locked.version:
        raise Conflict(changed={"state": locked.get_state_display(), "version": locked.version})
    return locked


def units_with_scope(case_id: UUID) -> set[int]:
    """The units that may read a case, as the database knows it; none for a case out of scope."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT meetings.units_with_scope(%s)", [case_id])
        return set(cursor.fetchone()[0])


def units_at_table(meeting: Meeting, case_id: UUID) -> set[int]:
    """The units at this meeting that may read the case now: those who may be given a decision."""
    item = AgendaItem.objects.filter(meeting=meeting, case_id=case_id).first()
    return set(item.viewers) & units_with_scope(case_id) if item is not None else set()


def my_level(meeting_id: UUID, case_id: UUID) -> int:
    """What the bound viewer may do with a case of this meeting: 0 nothing, 2 read, 4 add to it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT meetings.my_level(%s, %s)", [meeting_id, case_id])
        return int(cursor.fetchone()[0])


def tell_live(
    viewer: Viewer, meeting: Meeting, kind: str, *, units: bool = True, case_id: UUID | None = None
) -> None:
    """Number the change in the case's room, the meeting's, and those of the units at the table.

    Always in this order: two acts that ring the same rooms cannot wait for each other.
    """
    if case_id is not None:
        announce(viewer, f"case:{case_id}", "changed")
    announce(viewer, f"meeting:{meeting.pk}", kind, meeting.pk)
    if units:
        for unit in sorted(set(meeting.viewers)):
            announce(viewer, f"unit:{unit}", kind, meeting.pk)
