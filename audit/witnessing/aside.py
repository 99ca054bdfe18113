"""The copies that contradict the log of the viewer's cell, and those that were set aside."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections

from audit.keeping import policies
from audit.sql.aside import MOST
from kernel.errors import NotFound
from kernel.viewer import Viewer

_ASIDE = (
    "SELECT id, state, reason, copies, proposed_by, proposed_at, signed_by, signed_at"
    " FROM audit_aside WHERE cell_id = %s"
)
_STANDING = (
    "SELECT c FROM (SELECT copies FROM audit_verified WHERE cell_id = %s ORDER BY at DESC LIMIT 1)"
    " last, unnest(last.copies) c WHERE c NOT IN"
    " (SELECT unnest(copies) FROM audit_aside WHERE cell_id = %s AND state = 'signed')"
)
SHOWN = 100


@dataclass(frozen=True, slots=True)
class Kept:
    """A copy as whoever kept it has it, whether or not one of the log's keys has signed it."""

    note: str

    @property
    def size(self) -> int:
        """How many entries it speaks of."""
        said = self.note.split("\n")[1]
        return int(said) if said.isascii() and said.isdigit() else 0

    @property
    def root(self) -> str:
        """What it says of them; nothing where the size alone is known."""
        try:
            return base64.b64decode(self.note.split("\n")[2], validate=True).hex()
        except (IndexError, ValueError, binascii.Error):
            return ""

    @property
    def digest(self) -> str:
        """What the record calls it."""
        return sha256(self.note.encode()).hexdigest()


def _order(copy: Kept) -> tuple[int, str]:
    return copy.size, copy.note


@dataclass(frozen=True, slots=True)
class Aside:
    """Copies that somebody wants set aside, or two people have."""

    id: UUID
    state: str
    reason: str
    copies: Sequence[Kept]
    proposed_by: UUID
    proposed_at: datetime
    signed_by: UUID | None
    signed_at: datetime | None


def standing(viewer: Viewer) -> list[Kept]:
    """The copies that raise the alarm now. NotFound for whoever does not answer for what is kept.

    Nothing for whoever only administers the cell: of those they see what is proposed to them.
    """
    if not policies.may_sign(viewer):
        raise NotFound
    rows = _rows(_STANDING, [viewer.cell_id] * 2)
    return sorted((Kept(note) for (note,) in rows), key=_order)


def shown_by(copies: Sequence[Kept]) -> str:
    """One digest over those that a proposal takes: said back by who has been shown the copies."""
    digests = [copy.digest for copy in sorted(copies, key=_order)[:MOST]]
    return sha256(",".join(digests).encode()).hexdigest()


def asides(viewer: Viewer) -> list[Aside]:
    """What waits for its signature, what was set aside, what was withdrawn. NotFound as above."""
    if not policies.may_sign(viewer):
        raise NotFound
    rows = _rows(
        f"{_ASIDE} ORDER BY array_position(ARRAY['proposed', 'signed', 'withdrawn'], state),"
        f" proposed_at DESC, id DESC LIMIT {SHOWN}",
        [viewer.cell_id],
    )
    return [_aside(row) for row in rows]


def aside_of(viewer: Viewer, aside_id: UUID) -> Aside:
    """One of them. NotFound when there is none such."""
    if not policies.may_sign(viewer):
        raise NotFound
    for row in _rows(f"{_ASIDE} AND id = %s", [viewer.cell_id, aside_id]):
        return _aside(row)
    raise NotFound


def _aside(row: tuple[Any, ...]) -> Aside:
    number, state, reason, copies, *rest = row
    return Aside(number, state, reason, [Kept(note) for note in copies], *rest)


def _rows(query: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())
