"""What is kept, held and purged in the viewer's cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections

from audit.keeping import periods, policies
from kernel.errors import NotFound
from kernel.viewer import Viewer

_PURGE = (
    "id, state, months, ordinary_before, control_before, proposed_by, proposed_at, signed_by,"
    " signed_at, ended_at, gone"
)
_HOLD = "id, scope, about, reason, placed_by, placed_at, lifted_by, lifted_at"
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Purge:
    """A purge as people see it."""

    id: UUID
    state: str
    months: int
    ordinary_before: datetime
    control_before: datetime
    proposed_by: UUID
    proposed_at: datetime
    signed_by: UUID | None
    signed_at: datetime | None
    ended_at: datetime | None
    gone: int

    @property
    def is_open(self) -> bool:
        return self.state in ("proposed", "signed", "named")


@dataclass(frozen=True, slots=True)
class Hold:
    """What must not be purged, whatever its age."""

    id: UUID
    scope: str
    about: UUID | None
    reason: str
    placed_by: UUID
    placed_at: datetime
    lifted_by: UUID | None
    lifted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Due:
    """Entries of one month and kind whose term has passed: what would go, what a hold keeps."""

    month: date
    kind: str
    due: int
    held: int


@dataclass(frozen=True, slots=True)
class Preview:
    """All that a purge would take today."""

    lines: Sequence[Due]

    @property
    def due(self) -> int:
        return sum(line.due for line in self.lines)

    @property
    def held(self) -> int:
        return sum(line.held for line in self.lines)


def preview(viewer: Viewer, months: int | None = None) -> Preview:
    """What has outlived its term. NotFound for whoever does not answer for what is kept."""
    _answering(viewer)
    kept = months or periods.months_of(viewer.cell_id).ordinary
    rows = _rows(
        "SELECT month, kind, due, held FROM audit.purge_due(%s, %s)",
        [kept, periods.ordinary_kinds()],
    )
    return Preview([Due(*row) for row in rows])


def purges(viewer: Viewer) -> list[Purge]:
    """The newest purges of the cell, the open one first."""
    _answering(viewer)
    rows = _rows(
        f"SELECT {_PURGE} FROM audit_purge WHERE cell_id = %s"  # noqa: S608  constants
        " ORDER BY proposed_at DESC, id DESC LIMIT %s",
        [viewer.cell_id, SHOWN],
    )
    return [Purge(*row) for row in rows]


def purge_of(viewer: Viewer, purge_id: UUID) -> Purge:
    """One purge of the cell. NotFound when there is none such."""
    _answering(viewer)
    rows = _rows(
        f"SELECT {_PURGE} FROM audit_purge WHERE cell_id = %s AND id = %s",  # noqa: S608
        [viewer.cell_id, purge_id],
    )
    if not rows:
        raise NotFound
    return Purge(*rows[0])


def holds(viewer: Viewer) -> list[Hold]:
    """The holds that stand, then the newest of those that were lifted.

    Nothing for whoever only administers the cell: they name a case or a person.
    """
    _answering(viewer)
    rows = _rows(
        f"SELECT {_HOLD} FROM audit_hold WHERE cell_id = %s"  # noqa: S608  constants
        " ORDER BY lifted_at DESC NULLS FIRST, placed_at DESC, id LIMIT %s",
        [viewer.cell_id, 5 * SHOWN],
    )
    return [Hold(*row) for row in rows]


def hold_of(viewer: Viewer, hold_id: UUID) -> Hold:
    """One hold of the cell. NotFound when there is none such."""
    _answering(viewer)
    rows = _rows(
        f"SELECT {_HOLD} FROM audit_hold WHERE cell_id = %s AND id = %s",  # noqa: S608
        [viewer.cell_id, hold_id],
    )
    if not rows:
        raise NotFound
    return Hold(*rows[0])


def _answering(viewer: Viewer) -> None:
    if not policies.may_sign(viewer):
        raise NotFound


def _rows(query: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())
