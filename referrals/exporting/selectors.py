"""The exports of one seat, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.clock import now
from kernel.errors import NotFound
from kernel.viewer import Viewer
from referrals.casefile.motive import note_list
from referrals.casefile.selectors import references_for
from referrals.models import Export
from referrals.models.export import ExportState

MOST = 100


@dataclass(frozen=True, slots=True)
class ExportLine:
    """One export as its owner sees it; ``reference`` is empty once the case is out of sight."""

    export: Export
    reference: str
    ready: bool
    waiting: bool


def my_exports(viewer: Viewer) -> list[ExportLine]:
    """What this seat has asked for, the newest hundred. Recorded."""
    mine = Export.objects.defer("file_key").filter(cell_id=viewer.cell_id, seat_id=viewer.seat_id)
    rows = list(mine.order_by("-asked_at", "-id")[:MOST])
    names = references_for(viewer, {row.case_id for row in rows})
    note_list(viewer, "exports", len(rows))
    return [_line(row, names) for row in rows]


def my_export(viewer: Viewer, export_id: UUID) -> ExportLine:
    """One export of this seat. Raises NotFound."""
    row = own_export(viewer, export_id)
    return _line(row, references_for(viewer, {row.case_id}))


def own_export(viewer: Viewer, export_id: UUID) -> Export:
    """The row of one export of this seat. Raises NotFound."""
    row = Export.objects.filter(
        pk=export_id, cell_id=viewer.cell_id, seat_id=viewer.seat_id
    ).first()
    if row is None:
        raise NotFound
    return row


def is_over(row: Export) -> bool:
    """Whether the time of a file has passed, to the second: nobody has to come by and say so."""
    return row.expires_at is not None and row.expires_at <= now()


def _line(row: Export, names: dict[UUID, str]) -> ExportLine:
    reference = names.get(row.case_id, "")
    if row.state == ExportState.READY and (is_over(row) or not reference):
        row.state = ExportState.EXPIRED
    waiting = row.state in (ExportState.REQUESTED, ExportState.RUNNING)
    return ExportLine(row, reference, row.state == ExportState.READY, waiting)
