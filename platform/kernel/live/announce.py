"""Say that something changed in a room, and ring its doorbell once that is really so."""

import json
from uuid import UUID

from django.db import connection, transaction

from kernel.live import doorbell, rooms
from kernel.viewer import Viewer


def announce(viewer: Viewer, room: str, kind: str, subject_id: UUID | None = None) -> int:
    """Give the change its number in the room and ring after the commit; returns the number.

    Only a kind and an id are written: each listener looks the rest up with their own rights.
    Raises RuntimeError outside a transaction; the database refuses a room that the act does not
    concern.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A change is announced inside the transaction that makes it.")
    with connection.cursor() as cursor:
        cursor.execute(rooms.bell_of(room), [room, kind, subject_id])
        seq: int = cursor.fetchone()[0]
    transaction.on_commit(lambda: doorbell.ring(json.dumps({"room": room, "seq": seq})))
    return seq


def last_seq(room: str) -> int:
    """The number of the newest event of a room that this session's cell can hear; 0 for none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(seq), 0) FROM kernel_live_event"
            " WHERE cell_id = (SELECT kernel.session_cell()) AND room = %s",
            [room],
        )
        return int(cursor.fetchone()[0])
