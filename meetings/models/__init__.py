"""The tables of the meeting."""

from meetings.models.decision import Decision
from meetings.models.meeting import AgendaItem, Invitation, Meeting
from meetings.models.presence import Presence

__all__ = ["AgendaItem", "Decision", "Invitation", "Meeting", "Presence"]
