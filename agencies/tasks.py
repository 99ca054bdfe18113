"""Periodic work on proposals: only tidying, the database refuses what has waited too long."""

from collections.abc import Mapping
from typing import Any, Final

from celery import shared_task
from django.db import connections, transaction

from agencies import events
from agencies.models import Invitation
from audit.recorder import record_system
from audit.registry import EventKind

BATCH = 500
LAPSED: Final[Mapping[str, tuple[EventKind, Mapping[str, Any]]]] = {
    "invitation": (
        events.INVITATION_LAPSED,
        {"before": str(Invitation.State.WAITING), "after": str(Invitation.State.LAPSED)},
    ),
    "role change": (events.ROLE_CHANGE_LAPSED, {}),
}


@shared_task(ignore_result=True, expires=60)
def end_lapsed() -> int:
    """Mark what nobody confirmed in time as such and forget whom it was for; returns how many."""
    with transaction.atomic(using="worker"), connections["worker"].cursor() as cursor:
        cursor.execute("SELECT what, which, in_cell FROM agencies.end_lapsed(%s)", [BATCH])
        ended = cursor.fetchall()
        for what, which, in_cell in ended:
            kind, moved = LAPSED[what]
            record_system(kind, using="worker", cell_id=in_cell, subject_id=which, **moved)
    return len(ended)
