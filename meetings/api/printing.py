"""How a meeting is printed as JSON, within its reader's scope."""

from typing import Any

from meetings.models import Invitation, Meeting
from meetings.selectors import DecisionLine, Person, Point


def header(meeting: Meeting) -> dict[str, Any]:
    """The meeting itself: nothing of a case."""
    return {
        "id": str(meeting.pk),
        "kind": meeting.kind,
        "state": meeting.state,
        "starts_at": meeting.starts_at,
        "opened_at": meeting.opened_at,
        "ended_at": meeting.ended_at,
        "version": meeting.version,
    }


def room(
    meeting: Meeting,
    points: list[Point],
    invited: list[Invitation],
    present: list[tuple[str, list[Person]]],
) -> dict[str, Any]:
    """The whole room; a point about a case of others has only its number."""
    return header(meeting) | {
        "agenda": [_point(point) for point in points],
        "invited": [{"agency": str(row.agency_id), "name": row.agency_name} for row in invited],
        "present": [
            {
                "agency": agency,
                "people": [{"name": person.name, "since": person.since} for person in people],
            }
            for agency, people in present
        ],
    }


def _point(point: Point) -> dict[str, Any]:
    if point.item is None:
        return {"position": point.position, "current": point.is_current}
    return {
        "position": point.position,
        "current": point.is_current,
        "case": str(point.item.case_id) if point.item.case_id else None,
        "reference": point.item.case_reference,
        "state": point.item.state,
    }


def decision(line: DecisionLine) -> dict[str, Any]:
    """A decision with its words."""
    row = line.decision
    return {
        "id": str(row.pk),
        "case": str(row.case_id),
        "code": row.code,
        "text": line.text,
        "owner": str(row.owner),
        "due_on": row.due_on,
        "recorded_by": row.recorded_name,
        "recorded_agency": row.recorded_agency,
        "recorded_at": row.created_at,
    }
