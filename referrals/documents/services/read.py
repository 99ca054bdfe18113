"""Give a document out: recorded, then fetched and opened, then asked once more."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit.recorder import record
from kernel.crypto.keyring import CannotDecrypt
from kernel.errors import Unavailable, WrongState
from kernel.files.blobs import unseal
from kernel.files.kinds import KINDS, Kind
from kernel.files.store import NoSuchFile, store
from kernel.viewer import Viewer
from referrals import events
from referrals.casefile.cases import cipher_of
from referrals.documents.selectors import (
    about_of,
    file_key_of,
    served_of,
    visible_document,
)
from referrals.models.document import DocumentState

How = Literal["download", "preview"]
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
    if row.state != DocumentState.READY:
        raise WrongState(
            _("Ce document attend sa vérification : il ne peut pas encore être ouvert."),
            case_id=case.pk,
        )
    cipher = cipher_of(case)
    record(events.DOCUMENT_READ, viewer=viewer, case_id=case.pk, subject_id=row.pk, how=how)
    name = about_of(row, cipher).name
    key = file_key_of(row, cipher)
    return Reading(row.pk, case.pk, KINDS[row.kind], name, served_of(row), key)


def fetch(reading: Reading) -> bytes:
    """The file, opened. Needs no transaction. Raises Unavailable when it cannot be read."""
    try:
        return unseal(reading.file_key, reading.place, store().get(reading.place))
    except (NoSuchFile, CannotDecrypt) as error:
        raise Unavailable(GONE, code="file_lost", case_id=reading.case_id) from error


def still_readable(viewer: Viewer, reading: Reading) -> None:
    """Raises NotFound when the right to read has ended while the file was fetched."""
    visible_document(viewer, reading.document_id)
