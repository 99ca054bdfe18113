"""What every act of the cell's administration asks first."""

from __future__ import annotations

import zlib

from django.db import connection

from agencies import policies
from kernel.errors import NotFound
from kernel.step_up import require_fresh
from kernel.viewer import Viewer


def administering(viewer: Viewer) -> None:
    """Raise NotFound for whoever does not administer the cell: the room does not exist for them."""
    if not policies.can_administer(viewer):
        raise NotFound


def changing_rights(viewer: Viewer) -> None:
    """The same, and StepUpRequired unless the second factor was shown a moment ago."""
    administering(viewer)
    require_fresh(viewer)


def one_at_a_time(viewer: Viewer, what: str) -> None:
    """Wait until nobody else of the cell is changing the same thing; held until the end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)",
            [viewer.cell_id, zlib.crc32(what.encode()) - 2**31],
        )
