"""The kernel's tables."""

from kernel.models.effects import Notice, OutboxItem, SentOnce
from kernel.models.keys import PeriodKey
from kernel.models.live import LiveEvent, LiveRoom
from kernel.models.seats import KeptAct, ScopeSession, Seat, Unit

__all__ = [
    "KeptAct",
    "LiveEvent",
    "LiveRoom",
    "Notice",
    "OutboxItem",
    "PeriodKey",
    "ScopeSession",
    "Seat",
    "SentOnce",
    "Unit",
]
