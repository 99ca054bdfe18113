"""Which rooms exist, who may listen, and who is told of coming and going: said by their owners."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from kernel.viewer import Viewer

MayWatch = Callable[[Viewer, str], bool]
OnJoin = Callable[[Viewer, str, UUID], None]
OnVisit = Callable[[str, UUID], None]


@dataclass(frozen=True, slots=True)
class _Kind:
    may_watch: MayWatch
    rung_by: str
    on_join: OnJoin | None
    on_stay: OnVisit | None
    on_leave: OnVisit | None


_kinds: dict[str, _Kind] = {}


def room_kind(
    prefix: str,
    may_watch: MayWatch,
    *,
    rung_by: str,
    on_join: OnJoin | None = None,
    on_stay: OnVisit | None = None,
    on_leave: OnVisit | None = None,
) -> None:
    """Declare a kind of room (``case``, ``meeting``, ...) with who may listen to one of its ids.

    ``rung_by`` is the statement that gives a change in such a room its number: PostgreSQL refuses
    it to a session whose act does not concern the room.
    Each time a socket enters a room is a visit, with a random identifier that only the server
    knows. ``on_join`` runs as the viewer; a refusal it raises keeps the socket out. ``on_stay``
    (every 15 s) and ``on_leave`` run in a transaction without a viewer, because the one who
    leaves may have lost every right: the visit's identifier is all they may act on.
    """
    if prefix in _kinds:
        raise ValueError(f"rooms named {prefix} are already declared")
    _kinds[prefix] = _Kind(may_watch, rung_by, on_join, on_stay, on_leave)


def may_watch(viewer: Viewer, room: str) -> bool:
    """Whether this viewer may hear this room now. Asked inside the viewer's transaction."""
    prefix, _, ident = room.partition(":")
    kind = _kinds.get(prefix)
    return kind is not None and bool(ident) and kind.may_watch(viewer, ident)


def bell_of(room: str) -> str:
    """The statement that rings in this room. Raises KeyError for a kind that nobody declared."""
    return _kinds[room.partition(":")[0]].rung_by


def notes_visits(room: str) -> bool:
    """Whether somebody wants to know who is in this room."""
    kind = _kinds.get(room.partition(":")[0])
    return kind is not None and kind.on_join is not None


def joined(viewer: Viewer, room: str, visit: UUID) -> None:
    """Tell the room's owner that a visit begins. Asked inside the viewer's transaction."""
    prefix, _, ident = room.partition(":")
    hook = _kinds[prefix].on_join
    if hook is not None:
        hook(viewer, ident, visit)


def stayed(room: str, visit: UUID) -> None:
    """Tell the room's owner that a visit goes on."""
    prefix, _, ident = room.partition(":")
    hook = _kinds[prefix].on_stay
    if hook is not None:
        hook(ident, visit)


def left(room: str, visit: UUID) -> None:
    """Tell the room's owner that a visit is over."""
    prefix, _, ident = room.partition(":")
    hook = _kinds[prefix].on_leave
    if hook is not None:
        hook(ident, visit)
