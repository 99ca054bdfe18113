"""Give an export of the record out, with its seal, to whoever asked for it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit.desk import events
from audit.desk.exporting.make import context_of, place_of
from audit.desk.exporting.rows import Extract, my_extract
from audit.recorder import record
from audit.selectors import scoped_connection
from audit.witnessing.exports import archived, seal_about
from kernel.crypto.keyring import CannotDecrypt, root_key
from kernel.errors import Unavailable, WrongState
from kernel.files.blobs import unseal
from kernel.files.store import NoSuchFile, store
from kernel.step_up import require_fresh
from kernel.viewer import Viewer

MEDIA = "application/zip"
OVER = _("Ce fichier a été supprimé. Demandez un nouvel export depuis le journal.")
NOT_YET = _("Ce fichier n'est pas encore prêt.")
FAILED = _("Ce fichier n'a pas pu être préparé. Demandez un nouvel export depuis le journal.")


@dataclass(frozen=True, slots=True)
class Taking:
    """Leave to take one file, with what opens it and the seal that goes into it."""

    export_id: UUID
    place: str
    name: str
    wrapped: bytes
    seal: Mapping[str, bytes]


def begin_taking(viewer: Viewer, export_id: UUID) -> Taking:
    """Leave to download a file. Recorded, whatever comes after.

    While the entry about it is not sealed the file goes without its seal, and is named so.
    Raises NotFound for somebody else's, WrongState when there is no file, StepUpRequired without a
    fresh factor.
    """
    row = _available(viewer, export_id)
    require_fresh(viewer)
    seal = _seal(viewer, row)
    record(
        events.EXPORT_TAKEN,
        viewer=viewer,
        case_id=row.filters.case,
        subject_id=row.filters.actor or row.filters.subject,
        extract=row.id,
        sha256=row.sha256,
    )
    waits = "" if seal else "-sans-sceau"
    name = f"journal-{viewer.cell_id}-{row.sha256[:8]}{waits}.zip"
    place = place_of(viewer.cell_id, row.id)
    return Taking(row.id, place, name, row.file_key or b"", seal)


def fetch(taking: Taking) -> bytes:
    """The file, opened, with its seal. Needs no transaction. Unavailable when it cannot be read."""
    try:
        key = root_key().unwrap(taking.wrapped, context_of(taking.export_id))
        content = unseal(key, taking.place, store().get(taking.place))
    except (NoSuchFile, CannotDecrypt) as error:
        raise Unavailable(OVER, code="file_lost") from error
    if not taking.seal:
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return archived({**parts, **taking.seal})


def still_there(viewer: Viewer, taking: Taking) -> None:
    """Raises NotFound or WrongState when the right has ended while the file was fetched."""
    _available(viewer, taking.export_id)


def _available(viewer: Viewer, export_id: UUID) -> Extract:
    row = my_extract(viewer, export_id)
    if row.state == "failed":
        raise WrongState(FAILED)
    if row.state == "expired":
        raise WrongState(OVER, code="export_over")
    if not row.ready:
        raise WrongState(NOT_YET, code="not_ready")
    return row


def _seal(viewer: Viewer, row: Extract) -> Mapping[str, bytes]:
    if row.made is None or not row.sealed:
        return {}
    found = seal_about(
        scoped_connection(),
        viewer.cell_id,
        size=row.log_size,
        digest=row.sha256,
        after=row.made,
    )
    return found or {}
