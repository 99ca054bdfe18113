"""The record that nobody can rewrite: declare, record, seal, sign, verify, read."""

from audit.recorder import (
    record,
    record_refused,
    record_signin,
    record_system,
    signin_entries,
)
from audit.registry import EventKind, event, word

__all__ = [
    "EventKind",
    "event",
    "record",
    "record_refused",
    "record_signin",
    "record_system",
    "signin_entries",
    "word",
]
