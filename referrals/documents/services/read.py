"""Give a document out: recorded, then fetched and opened, then asked once more."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.recorder import record
from kernel.crypto.keyring import CannotDecrypt
from kernel.errors import NotFound, Unavailable, WrongState
from kernel.files.blobs import unseal
from kernel.files.kinds import KINDS, Kind
from kernel.files.store import NoSuchFile, store
from kernel.files.workshop import Unfit, have_done
from kernel.viewer import Viewer
from referrals import events
from referrals.casefile.cases import cipher_of, visible_case
from referrals.casefile.motive import motive
from referrals.documents.selectors import (
    DocumentLine,
    about_of,
    document_line,
    file_key_of,
    served_of,
    visible_document,
)
from referrals.models.document import DocumentState

How = Literal["download", "preview"]
OPEN_TO = {
    "download": (DocumentState.READY,),
    "preview": (DocumentState.READY, DocumentState.PENDING),
}
"""What is shown is drawn anew, point by point: that may be done before a scanner has spoken."""
NOT_OPEN = {
    DocumentState.PENDING: _(
        "Ce document attend sa vérification par l'antivirus : il ne se télécharge pas encore."
    ),
    DocumentState.INFECTED: _("Un virus a été trouvé dans ce document : il n'est plus ouvert."),
}
GONE = _("Ce fichier ne peut pas être relu. Prévenez l'administration de la cellule.")


@dataclass(frozen=True, slots=True)
class Reading:
    """Leave to read one file, with what opens it."""

    document_id: UUID
    case_id: UUID
    kind: Kind
    name: str
    place: str
    file_key: bytes


def begin_reading(viewer: Viewer, document_id: UUID, *, how: How) -> Reading:
    """Leave to read a document that may be given out. Recorded, whatever comes after.

    Raises WrongState for what has not been found to be harmless.
    """
    row, case = visible_document(viewer, document_id)
    if row.state not in OPEN_TO[how]:
        raise WrongState(NOT_OPEN[DocumentState(row.state)], case_id=case.pk)
    cipher = cipher_of(case)
    record(
        events.DOCUMENT_READ,
        viewer=viewer,
        case_id=case.pk,
        subject_id=row.pk,
        how=how,
        **motive(viewer, case),
    )
    name = about_of(row, cipher).name
    key = file_key_of(row, cipher)
    return Reading(row.pk, case.pk, KINDS[row.kind], name, served_of(row), key)


def read_details(viewer: Viewer, document_id: UUID) -> DocumentLine:
    """What a document is and how it is called, without its content. Recorded."""
    line = document_line(viewer, document_id)
    case = visible_case(viewer, line.case_id)
    record(
        events.DOCUMENT_READ,
        viewer=viewer,
        case_id=line.case_id,
        subject_id=line.id,
        how="details",
        **motive(viewer, case),
    )
    return line


def fetch(reading: Reading) -> bytes:
    """The file, opened. Needs no transaction. Raises Unavailable when it cannot be read."""
    try:
        return unseal(reading.file_key, reading.place, store().get(reading.place))
    except (NoSuchFile, CannotDecrypt) as error:
        raise Unavailable(GONE, code="file_lost", case_id=reading.case_id) from error


def as_taken(viewer: Viewer, reading: Reading, content: bytes) -> bytes:
    """The file with the name of who takes it away, where its kind can carry one."""
    return _made("mark", reading, content, words=mark_of(viewer))[0]


def page_shown(viewer: Viewer, reading: Reading, content: bytes, number: int) -> bytes:
    """One page as a JPEG with the reader's name across it. Raises NotFound beyond the last."""
    return _made("show", reading, content, words=mark_of(viewer), number=number)[0]


def words_shown(reading: Reading, content: bytes) -> str:
    """The plain text of a letter."""
    return _made("read", reading, content)[0].decode()


def mark_of(viewer: Viewer) -> str:
    """Who looks, from where, and when."""
    at = timezone.localtime().strftime("%d/%m/%Y %H:%M")
    return f"{viewer.display_name}, {viewer.agency_name}, {at}"


def _made(job: str, reading: Reading, content: bytes, **asked: object) -> list[bytes]:
    try:
        return have_done(job, reading.kind.code, content, **asked).pieces
    except Unfit as refused:
        if refused.code == "no_such_page":
            raise NotFound(case_id=reading.case_id) from refused
        raise Unavailable(GONE, code="file_lost", case_id=reading.case_id) from refused


def still_readable(viewer: Viewer, reading: Reading) -> None:
    """Raises NotFound when the right to read has ended while the file was fetched."""
    visible_document(viewer, reading.document_id)
