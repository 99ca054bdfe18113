"""Who may hear that a case changes, and how auditors name a case."""

from uuid import UUID

from kernel.errors import NotFound
from kernel.live.rooms import room_kind
from kernel.viewer import Viewer
from referrals.casefile.cases import visible_case


def declare() -> None:
    """Register the rooms of this app."""
    room_kind("case", _sees_case)


def _sees_case(viewer: Viewer, ident: str) -> bool:
    try:
        visible_case(viewer, UUID(ident))
    except (ValueError, NotFound):
        return False
    return True
