"""Give an export of the record out, with its seal, to whoever asked for it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit.desk import events
from audit.desk.exporting.make import context_of, place_of
from audit.desk.exporting.rows import Extract, my_extract
from audit.recorder import record
from audit.selectors import scoped_connection
from audit.witnessing.exports import add, seal_about
from kernel.crypto.keyring import CannotDecrypt, root_key
from kernel.errors import Unavailable, WrongState
from kernel.files.blobs import unsealed
from kernel.files.store import NoSuchFile, store
from kernel.step_up import require_fresh
from kernel.viewer import Viewer

MEDIA = "application/zip"
OVER = _("Ce fichier a été supprimé. Demandez un nouvel export depuis le journal.")
NOT_YET = _("Ce fichier n'est pas encore prêt.")
FAILED = _("Ce fichier n'a pas pu être préparé. Demandez un nouvel export depuis le journal.")
_HELD = 64 * 1024
"""Of the end of a file, in which the directory of the archive is: a few hundred bytes."""


@dataclass(frozen=True, slots=True)
class Taking:
    """Leave to take one file, with what opens it and the seal that goes into it."""

    export_id: UUID
    place: str
    name: str
    wrapped: bytes
    seal: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that is whole, and how it is given out: opened anew, a segment at a time."""

    key: bytes
    place: str
    kept: int
    """So many of its bytes; what is to follow them is ``rest``."""
    rest: bytes

    @property
    def length(self) -> int:
        """Of all that is given out."""
        return self.kept + len(self.rest)

    def pieces(self) -> Iterator[bytes]:
        """The bytes. No row is read; it ends early when the file has gone meanwhile."""
        left = self.kept
        for piece in unsealed(self.key, self.place, store().get(self.place)):
            yield piece[:left]
            left -= min(left, len(piece))
        yield self.rest


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
    place = place_of(viewer.cell_id, row.id, row.tries)
    return Taking(row.id, place, name, row.file_key or b"", seal)


def fetch(taking: Taking) -> Fetched:
    """See that the file is whole, and put the seal into it. Needs no transaction.

    It is opened from end to end before a byte of it leaves, and only its end is held. Raises
    Unavailable when it cannot be read.
    """
    length, end = 0, b""
    try:
        key = root_key().unwrap(taking.wrapped, context_of(taking.export_id))
        for piece in unsealed(key, taking.place, store().get(taking.place)):
            length += len(piece)
            end = (end + piece)[-_HELD:]
    except (NoSuchFile, CannotDecrypt) as error:
        raise Unavailable(OVER, code="file_lost") from error
    if not taking.seal:
        return Fetched(key, taking.place, length, b"")
    kept, rest = _sealed(length, end, taking.seal)
    return Fetched(key, taking.place, kept, rest)


class _End(io.BytesIO):
    """The end of a file, for who reads and writes it as if the rest were there."""

    def __init__(self, before: int, content: bytes) -> None:
        super().__init__(content)
        self._before = before

    def seek(self, place: int, whence: int = io.SEEK_SET) -> int:
        """Where it stands then. Raises ValueError before the end."""
        within = place - self._before if whence == io.SEEK_SET else place
        return super().seek(within, whence) + self._before

    def tell(self) -> int:
        """Where it stands in the whole file."""
        return super().tell() + self._before


def _sealed(length: int, end: bytes, seal: Mapping[str, bytes]) -> tuple[int, bytes]:
    """How much of the archive stays, and what follows: its directory is written anew."""
    file = _End(length - len(end), end)
    with zipfile.ZipFile(file, "a") as archive:
        kept = archive.start_dir
        add(archive, seal)
    return kept, file.getvalue()[kept - (length - len(end)) :]


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
