"""Who may hear that a case or a queue changes."""

from uuid import UUID

from kernel.errors import NotFound
from kernel.live.rooms import room_kind
from kernel.viewer import Viewer
from referrals.casefile.cases import level_now, visible_case
from referrals.models.access import Level


def declare() -> None:
    """Register the rooms of this app: for each case, each unit's queues, each seat's exports."""
    room_kind("case", _reads_case, rung_by="SELECT referrals.ring_case(%s, %s, %s)")
    room_kind("unit", _own_unit, rung_by="SELECT referrals.ring_unit(%s, %s, %s)")
    room_kind("exports", _own_seat, rung_by="SELECT referrals.ring_exports(%s, %s, %s)")


def _own_seat(viewer: Viewer, ident: str) -> bool:
    return ident == str(viewer.seat_id)


def _reads_case(viewer: Viewer, ident: str) -> bool:
    """How often a case changes, and when, is not for who merely knows that it exists."""
    try:
        return level_now(visible_case(viewer, UUID(ident))) > Level.STUB
    except (ValueError, NotFound):
        return False


def _own_unit(viewer: Viewer, ident: str) -> bool:
    return ident.isdecimal() and len(ident) < 10 and int(ident) in viewer.units
