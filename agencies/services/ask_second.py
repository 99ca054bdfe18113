"""Telling those who can be the second person that something waits for them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final
from uuid import UUID

from agencies.models import Absence, Invitation, RoleChange
from kernel.clock import now
from kernel.ids import uuid7
from kernel.outbox import enqueue
from kernel.outbox.enqueue import CHANNELS
from kernel.viewer import Viewer

LETTERS: Final = 10
"""Proposals of one person in a day about which others are written to."""


def ask_second(
    viewer: Viewer, kind: str, people: Iterable[UUID], *, subject_id: UUID | None
) -> None:
    """Owe each of them a notice of the proposal that was just made, and a letter.

    Past the tenth proposal of one person in a day it is the notice alone: nothing that waits is
    missed on the pages, and nobody fills the letter boxes of others.
    """
    channels = CHANNELS if _proposed(viewer) <= LETTERS else ("inbox",)
    enqueue(
        viewer,
        event_id=uuid7(),
        kind=kind,
        recipients=people,
        subject_id=subject_id,
        channels=channels,
    )


def _proposed(viewer: Viewer) -> int:
    lately = {"cell_id": viewer.cell_id, "created_at__gt": now() - timedelta(days=1)}
    return (
        Invitation.objects.filter(invited_by=viewer.account_id, **lately).count()
        + RoleChange.objects.filter(proposed_by=viewer.account_id, **lately).count()
        + Absence.objects.filter(proposed_by=viewer.seat_id, **lately).count()
    )
