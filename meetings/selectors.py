"""Meetings as those at the table see them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.db.models import Q, QuerySet

from audit import record
from kernel.clock import now
from kernel.viewer import Viewer
from meetings import events, policies
from meetings.access import (
    is_at_table,
    my_level,
    units_at_table,
    units_with_scope,
    visible_meeting,
)
from meetings.models import AgendaItem, Decision, Invitation, Meeting, Presence
from meetings.states import ROOM_IS_USED
from referrals import partners
from referrals.casefile.cases import cipher_of, opened
from referrals.casefile.motive import motive
from referrals.casefile.selectors import case_for
from referrals.partners import Partner

PAGE = 25
MOST = 200
UNSEEN = timedelta(seconds=45)
Place = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True)
class MeetingList:
    """What is coming, soonest first; what is over, newest first, and where that goes on."""

    coming: list[Meeting]
    past: list[Meeting]
    next_before: Place | None


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the agenda; ``item`` is None when its case is not for this viewer."""

    position: int
    item: AgendaItem | None
    is_current: bool
    level: int = 0


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A decision with its words."""

    decision: Decision
    text: str

    @property
    def recorded_by(self) -> str:
        """The person and their agency, as they were then."""
        return f"{self.decision.recorded_name}, {self.decision.recorded_agency}"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the room, once, however many pages they have open."""

    name: str
    since: datetime


def meetings_of(viewer: Viewer, *, before: Place | None = None) -> MeetingList:
    """The meetings that this viewer sits at. Recorded."""
    if not policies.can_sit(viewer):
        mine = Meeting.objects.none()
    else:
        mine = Meeting.objects.filter(cell_id=viewer.cell_id, viewers__overlap=[*viewer.units])
    coming = [] if before else [one for one in _coming(mine)[:MOST] if is_at_table(one)]
    past = mine.exclude(state__in=ROOM_IS_USED)
    if before is not None:
        moment, last = before
        past = past.filter(Q(starts_at__lt=moment) | Q(starts_at=moment, pk__lt=last))
    shown = list(past.order_by("-starts_at", "-pk")[: PAGE + 1])
    more, shown = len(shown) > PAGE, shown[:PAGE]
    place = (shown[-1].starts_at, shown[-1].pk) if more else None
    shown = [one for one in shown if is_at_table(one)]
    record(events.LIST_READ, viewer=viewer, shown=len(coming) + len(shown))
    return MeetingList(coming, shown, place)


def _coming(mine: QuerySet[Meeting]) -> QuerySet[Meeting]:
    return mine.filter(state__in=ROOM_IS_USED).order_by("starts_at", "pk")


def references_of(viewer: Viewer, meetings: list[Meeting]) -> dict[UUID, list[str]]:
    """The cases on each agenda that this viewer may read, by their references."""
    found: dict[UUID, list[str]] = {meeting.pk: [] for meeting in meetings}
    items = AgendaItem.objects.filter(meeting__in=meetings, viewers__overlap=[*viewer.units])
    for item in items.order_by("meeting", "position"):
        found[item.meeting_id].append(item.case_reference)
    return found


def meeting_for(viewer: Viewer, meeting_id: UUID) -> Meeting:
    """The meeting, if this viewer sits at it. Raises NotFound."""
    return visible_meeting(viewer, meeting_id)


def agenda(viewer: Viewer, meeting: Meeting) -> list[Point]:
    """Every point by its number; those about cases of others have nothing but the number."""
    rows = AgendaItem.objects.filter(meeting=meeting).order_by("position")
    seen = {item.position: item for item in rows if set(item.viewers) & set(viewer.units)}
    return [
        _point(meeting, position, seen.get(position)) for position in range(1, meeting.items + 1)
    ]


def _point(meeting: Meeting, number: int, item: AgendaItem | None) -> Point:
    level = my_level(meeting.pk, item.case_id) if item is not None and item.case_id else 0
    if item is not None and item.case_id and level < policies.READ:
        item = None
    return Point(number, item, number == meeting.current, level)


def invitations(viewer: Viewer, meeting: Meeting) -> list[Invitation]:
    """The agencies that were asked to come."""
    return list(Invitation.objects.filter(meeting=meeting).order_by("agency_name", "pk")[:MOST])


def who_is_here(viewer: Viewer, meeting_id: UUID) -> list[tuple[str, list[Person]]]:
    """Those in the room now, by agency. Raises NotFound for a meeting the viewer is not at."""
    meeting = visible_meeting(viewer, meeting_id)
    open_visits = Presence.objects.filter(
        meeting=meeting, left_at=None, seen_at__gt=now() - UNSEEN
    ).order_by("agency_name", "display_name", "seat_id", "joined_at")[:MOST]
    by_agency = []
    for agency, visits in groupby(open_visits, key=lambda visit: visit.agency_name):
        people = [
            Person(first.display_name, first.joined_at)
            for first in (next(group) for _seat, group in groupby(visits, lambda v: v.seat_id))
        ]
        by_agency.append((agency, people))
    return by_agency


def read_who_is_here(viewer: Viewer, meeting_id: UUID) -> list[tuple[str, list[Person]]]:
    """The same for somebody who asks for that alone. Recorded."""
    found = who_is_here(viewer, meeting_id)
    present = sum(len(people) for _agency, people in found)
    record(events.ROOM_READ, viewer=viewer, subject_id=meeting_id, present=present)
    return found


def attendance(viewer: Viewer, meeting_id: UUID) -> list[Presence]:
    """Every visit of the meeting, in order: who came, from when to when."""
    meeting = visible_meeting(viewer, meeting_id)
    visits = Presence.objects.filter(meeting=meeting)
    return list(visits.order_by("joined_at", "pk")[:MOST])


def decisions(viewer: Viewer, meeting_id: UUID) -> list[DecisionLine]:
    """What was decided and this viewer may read, in order.

    Recorded for each case of the agenda that the viewer may read, decided about or not.
    """
    meeting = visible_meeting(viewer, meeting_id)
    lines: list[DecisionLine] = []
    for item in AgendaItem.objects.filter(meeting=meeting).order_by("position"):
        if item.case_id is None or my_level(meeting.pk, item.case_id) < policies.READ:
            continue
        case = case_for(viewer, item.case_id)
        of_case = Decision.objects.filter(meeting=meeting, case_id=item.case_id)
        rows = list(of_case.order_by("created_at", "pk")[:MOST])
        if rows:
            cipher = cipher_of(case)
            lines += [
                DecisionLine(row, opened(cipher, row, "meetings_decision", "content"))
                for row in rows
            ]
        record(
            events.READ,
            viewer=viewer,
            case_id=item.case_id,
            subject_id=meeting.pk,
            decisions=len(rows),
            **motive(viewer, case),
        )
    return sorted(lines, key=lambda line: (line.decision.created_at, line.decision.pk))


def agencies_to_invite(viewer: Viewer, case_id: UUID) -> list[Partner]:
    """The agencies that may read the case, and so can be asked to come."""
    return partners.partners_by_units(viewer, units_with_scope(case_id))


def agencies_to_entrust(viewer: Viewer, meeting: Meeting, case_id: UUID) -> list[Partner]:
    """The agencies at the table that may read the case, and so can own a decision about it."""
    return partners.partners_by_units(viewer, units_at_table(meeting, case_id))
