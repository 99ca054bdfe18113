"""The sealer's heart: when it last beat, and how long the oldest entry was waiting then.

A sealer that has stopped signs nothing and says nothing. What it writes here once a second is how
everybody else sees that it has.
"""

import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

from audit import log, policies
from audit.leaf import Key
from kernel.clock import now
from kernel.errors import NotFound
from kernel.viewer import Viewer

STOPPED_AFTER = timedelta(seconds=10)
LATE_AFTER = 2.0
"""Seconds in which an entry is under a checkpoint, in normal running."""


class State(StrEnum):
    """How the sealer is."""

    RUNNING = "running"
    LATE = "late"
    STOPPED = "stopped"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Heart:
    """The last beat; ``lag`` is for how many seconds the oldest entry had waited by then."""

    at: datetime | None
    lag: float
    damaged: tuple[int, ...] = ()

    def state(self, cell_id: int | None = None) -> State:
        """How it is now. Damage is that of one cell, or of any."""
        if self.at is None or now() - self.at > STOPPED_AFTER:
            return State.STOPPED
        if self.damaged and (cell_id is None or cell_id in self.damaged):
            return State.DAMAGED
        return State.LATE if self.lag > LATE_AFTER else State.RUNNING


def heart(connection: log.Connection) -> Heart:
    """The heart, for the worker, the auditor's role and the sealer itself."""
    at, lag, damaged = log.execute(connection, "SELECT at, lag, damaged FROM audit_heart")[0]
    return Heart(at, lag, tuple(damaged))


def heart_of(viewer: Viewer) -> Heart:
    """The heart as the auditors of a cell see it: of other cells' damage it says nothing.

    NotFound for whoever does not control access.
    """
    if not policies.can_read(viewer):
        raise NotFound
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT at, lag, damaged FROM audit.heart()")
        at, lag, damaged = cursor.fetchone()
    return Heart(at, lag, (viewer.cell_id,) if damaged else ())


def beat(connection: log.Connection, *, after: Key, damaged: list[int]) -> None:
    """Written by the sealer alone."""
    at = log.of_this_era("e.at")
    with psycopg.Cursor(connection) as cursor:
        cursor.execute(
            "UPDATE audit_heart SET at = clock_timestamp(), host = %s, pid = %s, damaged = %s,"  # noqa: S608  constants
            f" lag = coalesce((SELECT greatest(0, extract(epoch FROM clock_timestamp() - {at}))"
            "   FROM audit_entry e WHERE (e.epoch, e.xid, e.id) > (%s::int2, %s::xid8, %s::int8)"
            "  ORDER BY e.epoch, e.xid, e.id LIMIT 1), 0)",
            [socket.gethostname(), os.getpid(), damaged, *log.in_sql(after)],
        )
