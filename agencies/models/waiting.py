"""How long a proposal waits for its second person."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from kernel.clock import now

WAITS: Final = timedelta(days=14)
"""The database says the same (``agencies.sql.second_person``) and lets nobody confirm later."""


def confirm_until(made_at: datetime) -> datetime:
    """The moment from which a proposal can no longer be confirmed."""
    return made_at + WAITS


def waited_too_long(made_at: datetime) -> bool:
    """Whether that moment has come, swept or not."""
    return now() >= confirm_until(made_at)
