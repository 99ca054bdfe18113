"""Who may do what in a meeting. Pure functions: no queries, no requests, no clocks.

Whether somebody sits at the table at all is not asked here: row security and the selectors answer
that the meeting does not exist.
"""

from typing import TYPE_CHECKING

from kernel.viewer import Viewer
from meetings.states import ROOM_IS_USED, MeetingState
from referrals.policies import can_list_cases
from referrals.states import COORDINATION, ENDS, PROSECUTION, State

if TYPE_CHECKING:
    from meetings.models import Meeting

READ, CONTRIBUTE = 2, 4
CHAIRS = COORDINATION | PROSECUTION


def can_sit(viewer: Viewer) -> bool:
    """Meetings are for those who work on cases: not for administrators, operators or auditors."""
    return can_list_cases(viewer)


def can_convene(viewer: Viewer, case_state: str) -> bool:
    """Coordination convenes, about a living case that has been sent."""
    return viewer.has(*COORDINATION) and case_state != State.DRAFT and case_state not in ENDS


def can_open(viewer: Viewer, meeting: "Meeting") -> bool:
    """Coordination or the prosecutor opens a planned meeting."""
    return viewer.has(*CHAIRS) and meeting.state == MeetingState.PLANNED


def can_end(viewer: Viewer, meeting: "Meeting") -> bool:
    """Coordination or the prosecutor ends a meeting that is going on."""
    return viewer.has(*CHAIRS) and meeting.state == MeetingState.OPEN


def can_cancel(viewer: Viewer, meeting: "Meeting") -> bool:
    """Coordination cancels what has not begun."""
    return viewer.has(*COORDINATION) and meeting.state == MeetingState.PLANNED


def can_decide(viewer: Viewer, meeting: "Meeting", level: int) -> bool:
    """While it goes on, those who may add to the case of the point record what is decided."""
    return can_sit(viewer) and meeting.state == MeetingState.OPEN and level >= CONTRIBUTE


def is_noted_as_present(meeting: "Meeting") -> bool:
    """Whoever enters before or during a meeting is there; afterwards they only read."""
    return meeting.state in ROOM_IS_USED
