"""What needs a second factor shown a moment ago: names, exports, rights, broken glass."""

from datetime import timedelta
from typing import Final

from kernel.clock import now
from kernel.errors import StepUpRequired
from kernel.viewer import Viewer

FRESH: Final = timedelta(minutes=5)
"""The same five minutes stand in ``kernel.session_fresh()`` for the database's own wall."""


def require_fresh(viewer: Viewer) -> None:
    """Raise StepUpRequired when the last factor of this session is older than five minutes."""
    if now() - viewer.factor_at > FRESH:
        raise StepUpRequired
