"""Receive a file part by part: each part is sealed and committed before it is acknowledged.

Whoever was interrupted asks how much has arrived and goes on from there.
"""

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from kernel.bounds import one_after_the_other
from kernel.clock import now
from kernel.crypto.keyring import CannotDecrypt
from kernel.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    TooLarge,
    TooMany,
    Unavailable,
    WrongState,
)
from kernel.files.blobs import new_file_key, seal, unseal
from kernel.files.kinds import LARGEST, MIB
from kernel.ids import uuid7
from kernel.viewer import Viewer
from referrals import policies
from referrals.casefile.cases import ENDED, cipher_of, refuse_while_frozen, visible_case
from referrals.casefile.cases import opened as unsealed
from referrals.documents.bounds import UPLOADS
from referrals.documents.selectors import parts_to_fill
from referrals.models import Upload, UploadPart
from referrals.states import ENDS

PART = 512 * 1024
TABLE = "referrals_upload"


@dataclass(frozen=True, slots=True)
class Arrived:
    """A whole file, still sealed."""

    upload_id: UUID
    file_key: bytes
    parts: tuple[bytes, ...]


def begin_upload(viewer: Viewer, case_id: UUID, size: int) -> Upload:
    """Leave to send a file of this size for a case. Raises Invalid when it is too large."""
    case = visible_case(viewer, case_id)
    if not policies.can_add_documents(viewer) or not parts_to_fill(case):
        raise NotAllowed(case_id=case_id)
    if case.state in ENDS:
        raise WrongState(ENDED, case_id=case_id)
    refuse_while_frozen(case.pk)
    if not 0 < size <= LARGEST:
        message = _("Ce fichier dépasse %(most)s Mo.") % {"most": LARGEST // MIB}
        raise Invalid(fields={"size": [message]}, code="too_large")
    one_after_the_other(TABLE, viewer.seat_id)
    mine = Upload.objects.filter(cell_id=viewer.cell_id, seat_id=viewer.seat_id)
    for old in mine.order_by("-created_at").values_list("pk", flat=True)[UPLOADS - 1 :]:
        forget(viewer, old)
    upload = Upload(
        id=uuid7(),
        cell_id=viewer.cell_id,
        case=case,
        seat_id=viewer.seat_id,
        size=size,
        created_at=now(),
    )
    upload.file_key = cipher_of(case).seal(TABLE, "file_key", upload.pk, new_file_key().hex())
    Upload.objects.bulk_create([upload])
    return upload


def my_upload(viewer: Viewer, upload_id: UUID, *, lock: bool = False) -> Upload:
    """A file that this seat is sending. Raises NotFound."""
    rows = Upload.objects.select_for_update() if lock else Upload.objects.all()
    upload = rows.filter(pk=upload_id, cell_id=viewer.cell_id, seat_id=viewer.seat_id).first()
    if upload is None:
        raise NotFound
    visible_case(viewer, upload.case_id)
    return upload


def receive_part(viewer: Viewer, upload_id: UUID, *, offset: int, content: bytes) -> Upload:
    """Take the next part. Raises Conflict, with how much has arrived, when it is not the next."""
    upload = my_upload(viewer, upload_id, lock=True)
    if offset != upload.received:
        raise Conflict(
            _("Cette partie du fichier n'est pas celle qui est attendue."),
            changed={"received": upload.received},
            case_id=upload.case_id,
        )
    if not content or len(content) > PART or offset + len(content) > upload.size:
        raise TooLarge(case_id=upload.case_id)
    if upload.parts > LARGEST // (16 * 1024):
        raise TooMany(case_id=upload.case_id)
    sealed = b"".join(seal(_key_of(viewer, upload), _name(upload, upload.parts), content))
    UploadPart.objects.bulk_create(
        [
            UploadPart(
                cell_id=upload.cell_id,
                upload=upload,
                seat_id=upload.seat_id,
                number=upload.parts,
                sealed=sealed,
            )
        ]
    )
    upload.received += len(content)
    upload.parts += 1
    upload.save(update_fields=["received", "parts"])
    return upload


def arrived(viewer: Viewer, upload_id: UUID, case_id: UUID) -> Arrived:
    """The whole file, to be opened outside of the transaction. Raises Invalid when parts lack."""
    upload = my_upload(viewer, upload_id)
    if upload.case_id != case_id:
        raise NotFound(case_id=case_id)
    if upload.received != upload.size:
        raise Invalid(fields={"file": [_("Ce fichier n'est pas arrivé en entier.")]})
    rows = UploadPart.objects.filter(upload=upload).order_by("number")
    parts = tuple(bytes(sealed) for sealed in rows.values_list("sealed", flat=True))
    return Arrived(upload.pk, _key_of(viewer, upload), parts)


def opened(file: Arrived) -> bytes:
    """The content. Raises Unavailable when the parts are not those that were received."""
    try:
        return b"".join(
            unseal(file.file_key, f"uploads/{file.upload_id}/{number}", [part])
            for number, part in enumerate(file.parts)
        )
    except CannotDecrypt as error:
        raise Unavailable(code="file_lost") from error


def forget(viewer: Viewer, upload_id: UUID) -> None:
    """Keep nothing of a file on its way: it has become a document, or never will."""
    mine = {"cell_id": viewer.cell_id, "seat_id": viewer.seat_id}
    UploadPart.objects.filter(upload_id=upload_id, **mine).delete()
    Upload.objects.filter(pk=upload_id, **mine).delete()


def _key_of(viewer: Viewer, upload: Upload) -> bytes:
    cipher = cipher_of(visible_case(viewer, upload.case_id))
    return bytes.fromhex(unsealed(cipher, upload, TABLE, "file_key"))


def _name(upload: Upload, number: int) -> str:
    return f"uploads/{upload.pk}/{number}"
