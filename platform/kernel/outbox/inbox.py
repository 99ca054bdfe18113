"""What a person has been told."""

from kernel.clock import now
from kernel.models import Notice
from kernel.viewer import Viewer

NEWEST = 20


def newest(viewer: Viewer) -> list[Notice]:
    """The newest notices of this person in this cell, at most 20."""
    mine = Notice.objects.filter(cell_id=viewer.cell_id, account_id=viewer.account_id)
    return list(mine.order_by("-created_at", "-id")[:NEWEST])


def mark_read(viewer: Viewer, notice_id: int) -> bool:
    """Mark one notice as read; False when it is not this person's."""
    mine = Notice.objects.filter(cell_id=viewer.cell_id, account_id=viewer.account_id, pk=notice_id)
    return bool(mine.update(read_at=now()))
