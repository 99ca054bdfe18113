"""How long a proposal waits for its second person."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import models

from kernel.clock import now

WAITS: Final = timedelta(days=14)
"""The database says the same (``agencies.sql.second_person``) and lets nobody confirm later."""


class Waits(models.Model):
    """A proposal that waits for a second person from ``created_at`` on, in the state "waiting"."""

    class Meta:
        abstract = True

    @property
    def confirm_until(self) -> datetime:
        """The moment from which it can no longer be confirmed."""
        return self.created_at + WAITS  # type: ignore[attr-defined]

    @property
    def lapsed(self) -> bool:
        """Whether that moment has come, swept or not."""
        state: str = self.state  # type: ignore[attr-defined]
        return state == "lapsed" or (state == "waiting" and now() >= self.confirm_until)
