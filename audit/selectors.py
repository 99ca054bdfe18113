"""Reads the record for people: page by page, newest first, and never unnoticed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections

from audit import events, log, payload, policies
from audit.desk.filters import Filters
from audit.desk.reading import newest
from audit.leaf import Key
from audit.recorder import record
from kernel.errors import NotFound
from kernel.viewer import Viewer

PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as the journal shows it. A moment that is none was tampered with."""

    key: Key
    at: datetime | None
    kind: str
    outcome: str
    actor: UUID
    seat: UUID | None
    agency: UUID | None
    case_id: UUID | None
    subject_id: UUID | None
    request: UUID
    channel: str
    code: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines, and from where the next ones follow."""

    lines: list[Line]
    next_before: Key | None


def journal(
    viewer: Viewer, filters: Filters, *, before: Key | None = None, limit: int = PAGE
) -> Page:
    """The entries of the viewer's cell, newest first. Reading them is an entry of its own.

    NotFound for whoever does not control access.
    """
    if not policies.can_read(viewer):
        raise NotFound
    lines = [_line(row) for row in newest(viewer.cell_id, filters, before, limit + 1)]
    more = lines[limit - 1].key if len(lines) > limit else None
    record(
        events.READ,
        viewer=viewer,
        case_id=filters.case,
        subject_id=filters.actor or filters.subject,
        filters=filters.in_use(),
        shown=len(lines[:limit]),
    )
    return Page(lines[:limit], more)


def latest_checkpoint(viewer: Viewer) -> log.Stored | None:
    """The newest signed checkpoint of the viewer's cell. NotFound as for the journal."""
    if not policies.can_read(viewer):
        raise NotFound
    return log.last_checkpoint(scoped_connection(), viewer.cell_id)


def read_state(viewer: Viewer) -> log.Stored | None:
    """The same for somebody who asks for that alone. Recorded."""
    stored = latest_checkpoint(viewer)
    record(events.STATE_READ, viewer=viewer, entries=stored.size if stored else 0)
    return stored


def scoped_connection() -> log.Connection:
    """The bare connection under the open transaction, bound to the viewer like everything in it."""
    connection = connections[DEFAULT_DB_ALIAS]
    connection.ensure_connection()
    bare: log.Connection = connection.connection
    return bare


def _line(row: tuple[Any, ...]) -> Line:
    (
        epoch,
        xid,
        number,
        at,
        kind,
        outcome,
        actor,
        seat,
        agency,
        case_id,
        subject_id,
        request,
        raw,
    ) = row
    content = payload.decode(bytes(raw))
    facts = content.get("facts")
    return Line(
        key=Key(epoch, xid, number),
        at=at,
        kind=kind,
        outcome=outcome,
        actor=actor,
        seat=seat,
        agency=agency,
        case_id=case_id,
        subject_id=subject_id,
        request=request,
        channel=str(content.get("channel", "")),
        code=str(content.get("code", "")),
        facts=facts if isinstance(facts, dict) else {},
    )
