"""Which rooms exist and who may listen: declared by the apps that own them."""

from collections.abc import Callable

from kernel.viewer import Viewer

MayWatch = Callable[[Viewer, str], bool]
_kinds: dict[str, MayWatch] = {}


def room_kind(prefix: str, may_watch: MayWatch) -> None:
    """Declare a kind of room (``case``, ``meeting``, ...) with who may listen to one of its ids."""
    if prefix in _kinds:
        raise ValueError(f"rooms named {prefix} are already declared")
    _kinds[prefix] = may_watch


def may_watch(viewer: Viewer, room: str) -> bool:
    """Whether this viewer may hear this room now. Asked inside the viewer's transaction."""
    prefix, _, ident = room.partition(":")
    allowed = _kinds.get(prefix)
    return allowed is not None and bool(ident) and allowed(viewer, ident)


def _own_unit(viewer: Viewer, ident: str) -> bool:
    return ident.isdecimal() and len(ident) < 10 and int(ident) in viewer.units


room_kind("unit", _own_unit)
