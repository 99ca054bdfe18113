"""One look into PostgreSQL for one socket: is the session alive, what is new, who may hear it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection, transaction

from kernel.errors import DomainError, NotFound
from kernel.http import refusals
from kernel.live import limits, rooms
from kernel.live.announce import last_seq
from kernel.scope import bind, looking_as
from kernel.viewer import Viewer

_ALIVE = "SELECT set_config('app.token', %s, true), kernel.session_alive(%s)"

# By name, because a room that this session has lost shows it no row any more.
_RUNG = "SELECT kernel.rooms_with_news(%s::text[], %s::bigint[])"

# Row security shows a session that has ended nothing at all, in the same snapshot as the rows.
_NEW = "SELECT room, seq, kind, subject_id FROM kernel.news(%s::text[], %s::bigint[], %s)"


@dataclass(frozen=True, slots=True)
class Heard:
    """One event that this socket may be told."""

    room: str
    seq: int
    kind: str
    subject: UUID | None


@dataclass(slots=True)
class Look:
    """What one look found. ``admitted`` gives the number from which each new room is told."""

    events: list[Heard] = field(default_factory=list)
    admitted: dict[str, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    more: bool = False


class _Asker:
    """Puts the questions of one look as the socket's viewer, who is resolved only when needed."""

    def __init__(self, token: str) -> None:
        self._token = token
        self.viewer: Viewer | None = None

    def may(self, room: str) -> bool:
        """Whether the viewer may hear the room now: asked anew each time, never remembered."""
        if self.viewer is None:
            self.viewer = bind(self._token, channel="socket")
            if self.viewer is None:
                return False
        with looking_as(self.viewer):
            return rooms.may_watch(self.viewer, room)


def look(token: str, asked: Mapping[str, int], heard: Mapping[str, int]) -> Look | None:
    """What is new for a socket, or None when its session has ended.

    ``asked`` are rooms to be admitted to, ``heard`` those it is in, each with the last number
    told. Rights are asked for every room asked for, and for every room that has news.
    """
    found = Look()
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute(_ALIVE, [token, token])
            alive = cursor.fetchone()[1] is not None
        if not alive:
            return None
        asker = _Asker(token)
        for room, seq in asked.items():
            if asker.may(room):
                newest = last_seq(room)
                found.admitted[room] = max(min(seq, newest), newest - limits.MISSED)
            else:
                found.refused.append(room)
        _find_news({**heard, **found.admitted}, asker, found)
    if asker.viewer is not None and any(room in asked for room in found.refused):
        refusals.tell_within_bounds(asker.viewer, NotFound(), "live.watch")
    return found


def _find_news(after: Mapping[str, int], asker: _Asker, found: Look) -> None:
    if not after:
        return
    with connection.cursor() as cursor:
        cursor.execute(_RUNG, [list(after), list(after.values())])
        rung = [room for (room,) in cursor.fetchall()]
    allowed = [room for room in rung if asker.may(room)]
    for room in set(rung).difference(allowed):
        found.admitted.pop(room, None)
        found.refused.append(room)
    if not allowed:
        return
    with connection.cursor() as cursor:
        cursor.execute(_NEW, [allowed, [after[room] for room in allowed], limits.BATCH])
        rows = cursor.fetchall()
    found.more = len(rows) == limits.BATCH
    found.events = [Heard(*row) for row in rows]


def enter(token: str, room: str, visit: UUID) -> bool:
    """Begin a visit as the socket's viewer, in a transaction of its own; False when refused."""
    try:
        with listening_as(token) as viewer:
            if viewer is None:
                return False
            rooms.joined(viewer, room, visit)
    except DomainError:
        return False
    return True


def stay(room: str, visit: UUID) -> None:
    """A visit goes on."""
    with transaction.atomic(durable=True):
        rooms.stayed(room, visit)


def leave(room: str, visit: UUID) -> None:
    """End a visit, whatever has become of the person's rights."""
    with transaction.atomic(durable=True):
        rooms.left(room, visit)


def is_alive(token: str) -> bool:
    """Whether the token belongs to a live session of a valid seat."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT kernel.session_alive(%s)", [token])
        return cursor.fetchone()[0] is not None


def is_renewed(token: str) -> bool:
    """Whether the session of this token lives on under another one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT kernel.session_renewed(%s)", [token])
        return bool(cursor.fetchone()[0])


@contextmanager
def listening_as(token: str) -> Iterator[Viewer | None]:
    """One transaction bound to the socket's viewer, or to nobody when the session has ended.

    Binding does not count as activity here: an open tab must not keep a session alive.
    """
    with transaction.atomic(durable=True):
        viewer = bind(token, channel="socket")
        if viewer is None:
            yield None
            return
        with looking_as(viewer):
            yield viewer
