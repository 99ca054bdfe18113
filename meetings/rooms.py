"""Who may hear what happens in a meeting, and who is noted as being there."""

import json
from uuid import UUID

from django.db import connection, transaction

from kernel.errors import NotFound
from kernel.live import doorbell
from kernel.live.rooms import room_kind
from kernel.viewer import Viewer
from meetings.access import visible_meeting
from meetings.services.enter import enter

UNSEEN = "45 seconds"
"""A visit that nobody has confirmed for this long is over: its server was killed."""


def declare() -> None:
    """Register the rooms of this app."""
    room_kind(
        "meeting",
        _sits_there,
        rung_by="SELECT meetings.ring_meeting(%s, %s, %s)",
        on_join=_join,
        on_stay=_stay,
        on_leave=_leave,
    )


def _sits_there(viewer: Viewer, ident: str) -> bool:
    try:
        visible_meeting(viewer, UUID(ident))
    except (ValueError, NotFound):
        return False
    return True


def _join(viewer: Viewer, ident: str, visit: UUID) -> None:
    enter(viewer, UUID(ident), visit)


def _stay(ident: str, visit: UUID) -> None:
    _call("SELECT room, seq FROM meetings.stay(%s, %s::interval)", [visit, UNSEEN])


def _leave(ident: str, visit: UUID) -> None:
    _call("SELECT room, seq FROM meetings.leave(%s)", [visit])


def _call(statement: str, values: list[UUID | str]) -> None:
    """Run a function that ends visits, and ring for each room that somebody has left."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rung = cursor.fetchall()
    for room, seq in rung:
        message = json.dumps({"room": room, "seq": seq})
        transaction.on_commit(lambda message=message: doorbell.ring(message))  # type: ignore[misc]
