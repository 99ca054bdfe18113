"""The record that nobody can rewrite: declare, record, seal, sign, verify, read."""

from audit.recorder import (
    record,
    record_refused,
    record_signin,
    record_system,
    signin_entries,
)
from audit.registry import EventKind, Keeps, event, word
from audit.shapes import Shape
from audit.steps import states

__all__ = [
    "EventKind",
    "Keeps",
    "Shape",
    "event",
    "record",
    "record_refused",
    "record_signin",
    "record_system",
    "signin_entries",
    "states",
    "word",
]
