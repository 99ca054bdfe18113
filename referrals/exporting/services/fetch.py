"""Give the file of an export out, to whoever asked for it and still may see all that is in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit.recorder import record
from kernel.crypto.keyring import CannotDecrypt
from kernel.errors import NotFound, Unavailable, WrongState
from kernel.files.blobs import unsealed
from kernel.files.kinds import Kind
from kernel.files.store import NoSuchFile, store
from kernel.step_up import require_fresh
from kernel.viewer import Viewer
from referrals import events
from referrals.casefile.cases import cipher_of, opened, scope_now, visible_case
from referrals.documents.loose import place_of_export
from referrals.exporting.files import KINDS
from referrals.exporting.selectors import is_over, own_export
from referrals.exporting.services.ask import refuse_while_ordered, shares_to_export
from referrals.exporting.services.make import TABLE
from referrals.models import Case, Export
from referrals.models.export import ExportForm, ExportState

OVER = _("Ce fichier a été supprimé. Demandez un nouvel export depuis le dossier.")
SHARE_OVER = _("Le partage dont ce fichier montre le contenu a pris fin.")
NOT_YET = _("Ce fichier n'est pas encore prêt.")
FAILED = _("Ce fichier n'a pas pu être préparé. Demandez un nouvel export depuis le dossier.")


@dataclass(frozen=True, slots=True)
class Taking:
    """Leave to take one file, with what opens it."""

    export_id: UUID
    case_id: UUID
    kind: Kind
    name: str
    places: tuple[str, ...]
    """Where the file lies: under the number of its try, or as files were called before."""
    file_key: bytes


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that is whole, and how it is given out: opened anew, a segment at a time."""

    key: bytes
    place: str
    length: int

    def pieces(self) -> Iterator[bytes]:
        """The bytes. No row is read; it ends early when the file has gone meanwhile."""
        return unsealed(self.key, self.place, store().get(self.place))


def begin_taking(viewer: Viewer, export_id: UUID) -> Taking:
    """Leave to download a file. Recorded, whatever comes after.

    Raises NotFound for somebody else's or without the right to the case, WrongState when there is
    no file, StepUpRequired without a fresh factor.
    """
    row, case = _available(viewer, export_id)
    require_fresh(viewer)
    if row.file_key is None:
        raise WrongState(OVER, code="export_over", case_id=case.pk)
    key = bytes.fromhex(opened(cipher_of(case), row, TABLE, "file_key"))
    record(
        events.EXPORT_TAKEN,
        viewer=viewer,
        case_id=case.pk,
        subject_id=row.pk,
        receipt=row.receipt,
        goal=str(row.purpose),
    )
    kind = KINDS[ExportForm(row.form)]
    # Tries were counted before files were called by them.
    places = tuple(place_of_export(case.pk, row.pk, number) for number in (row.tries, 0))
    name = f"{case.reference}-{row.receipt}{kind.suffix}"
    return Taking(row.pk, case.pk, kind, name, places, key)


def fetch(taking: Taking) -> Fetched:
    """See that the file is whole. Needs no transaction.

    It is opened from end to end before a byte of it leaves, and a segment of it is held. Raises
    Unavailable when it cannot be read.
    """
    try:
        return next(_whole(taking))
    except (StopIteration, CannotDecrypt) as error:
        raise Unavailable(OVER, code="file_lost", case_id=taking.case_id) from error


def _whole(taking: Taking) -> Iterator[Fetched]:
    for place in taking.places:
        try:
            length = sum(map(len, unsealed(taking.file_key, place, store().get(place))))
        except NoSuchFile:
            continue
        yield Fetched(taking.file_key, place, length)


def still_there(viewer: Viewer, taking: Taking) -> None:
    """Raises NotFound or WrongState when the right has ended while the file was fetched."""
    _available(viewer, taking.export_id)


def _available(viewer: Viewer, export_id: UUID) -> tuple[Export, Case]:
    row = own_export(viewer, export_id)
    case = visible_case(viewer, row.case_id)
    if row.state == ExportState.FAILED:
        raise WrongState(FAILED, case_id=case.pk)
    if row.state == ExportState.EXPIRED or is_over(row):
        raise WrongState(OVER, code="export_over", case_id=case.pk)
    if row.state != ExportState.READY:
        raise WrongState(NOT_YET, code="not_ready", case_id=case.pk)
    if row.share_id is not None and row.share_id not in _running(viewer, case.pk):
        raise WrongState(SHARE_OVER, code="export_over", case_id=case.pk)
    if scope_now(case) & row.scope != row.scope:
        raise NotFound(case_id=case.pk)
    refuse_while_ordered(case, row.share_id, row.party_id)
    return row, case


def _running(viewer: Viewer, case_id: UUID) -> set[UUID]:
    return {share.pk for share in shares_to_export(viewer, case_id)}
