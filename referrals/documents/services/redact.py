"""Make a copy of a document for one agency, which sees it in place of the original.

It widens nothing: the agency sees the copy only where a share would have let it see the document.
The original stays as it is, for everybody else.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.recorder import record
from kernel.errors import Invalid, NotAllowed, WrongState
from kernel.files.blobs import new_file_key, seal
from kernel.files.kinds import KINDS, Kind
from kernel.files.names import shown_name
from kernel.files.store import store
from kernel.files.workshop import Unfit, have_done
from kernel.ids import uuid7
from kernel.viewer import Viewer
from referrals import events, partners, policies
from referrals.casefile.cases import cipher_of, hold_case, tell_live, units_on_case
from referrals.casefile.motive import motive
from referrals.documents.loose import delete_files, expect_file
from referrals.documents.refusals import unfit
from referrals.documents.selectors import (
    TABLE,
    About,
    about_of,
    file_key_of,
    may_edit,
    served_of,
    visible_document,
)
from referrals.documents.services.destroy import drop
from referrals.documents.services.read import Reading, fetch
from referrals.models import Case, Document
from referrals.models.access import Level
from referrals.models.document import DocumentState, Nature, Reason
from referrals.partners import Partner

MOST_WORDS, MOST_ZONES, LEAST_SIDE = 50, 100, 0.5


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of a page, in hundredths of its width and height."""

    page: int
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """A copy to be made: of what, for whom, and what is taken out."""

    reading: Reading
    recipient: Partner
    zones: tuple[Zone, ...]
    words: tuple[str, ...]
    copy_id: UUID
    file_key: bytes


@dataclass(frozen=True, slots=True)
class Copy:
    """The copy as it lies in the store."""

    size: int
    sha256: str


def begin_copy(
    viewer: Viewer,
    document_id: UUID,
    *,
    recipient: UUID,
    zones: Sequence[Zone],
    words: Sequence[str],
) -> Wanted:
    """Leave to make the copy. Raises NotAllowed, WrongState, or Invalid about a field."""
    row, case = _copied(viewer, document_id)
    partner = partners.partner(viewer, recipient)
    if partner is None or partner.unit_id in units_on_case(case, Level.STEER):
        raise Invalid(fields={"recipient": [_("Choisissez un service de la liste.")]})
    if not zones and not words:
        raise Invalid(_("Indiquez au moins un mot ou une zone à cacher."))
    if len(zones) > MOST_ZONES or len(words) > MOST_WORDS:
        raise Invalid(_("C'est trop pour une seule copie."))
    cipher = cipher_of(case)
    about = about_of(row, cipher)
    beyond = [zone.page for zone in zones if not 1 <= zone.page <= about.pages]
    if beyond:
        raise Invalid(_("Ce document n'a pas de page %(page)s.") % {"page": beyond[0]})
    reading = Reading(
        row.pk, case.pk, _kind(row), about.name, served_of(row), file_key_of(row, cipher)
    )
    wanted = Wanted(reading, partner, tuple(zones), tuple(words), uuid7(), new_file_key())
    expect_file(case.pk, wanted.copy_id)
    return wanted


def make_copy(wanted: Wanted) -> Copy:
    """Draw the copy and keep it, sealed. Raises Invalid when a word is not in the text."""
    kind = wanted.reading.kind.code
    content = fetch(wanted.reading)
    zones = [asdict(zone) for zone in wanted.zones]
    try:
        made = have_done("redact", kind, content, zones=zones, words=list(wanted.words))
    except Unfit as refused:
        raise unfit(refused.code, "words") from refused
    for word, times in zip(wanted.words, made.facts["found"], strict=True):
        if times == 0:
            message = _("« %(word)s » n'est pas dans le texte : cachez-le par une zone.")
            raise Invalid(fields={"words": [message % {"word": word}]}, code="word_not_found")
    place = _place(wanted)
    store().put(place, seal(wanted.file_key, place, made.pieces[0]))
    return Copy(len(made.pieces[0]), hashlib.sha256(made.pieces[0]).hexdigest())


def keep_copy(viewer: Viewer, wanted: Wanted, copy: Copy) -> Document:
    """Write the copy down; one that the same agency had before is seen no more."""
    original, case = _copied(viewer, wanted.reading.document_id)
    hold_case(case)
    cipher = cipher_of(case)
    before = about_of(original, cipher)
    # What the original is called and where it comes from may say what was taken out of it.
    about = About(
        name=shown_name(str(Nature(original.nature).label), _kind(original).suffix, "copie"),
        sha256=copy.sha256,
        pages=before.pages,
        captured_on=before.captured_on,
        recipient=wanted.recipient.name,
    )
    units = [wanted.recipient.unit_id, wanted.recipient.secrecy_unit_id]
    only_for = sorted(unit for unit in units if unit is not None)
    for old in Document.objects.filter(
        copy_of=original, only_for__overlap=only_for, state=DocumentState.READY
    ):
        drop(viewer, old, Reason.REPLACED)
    row = Document(
        id=wanted.copy_id,
        cell_id=case.cell_id,
        case=case,
        bit=original.bit,
        nature=original.nature,
        kind=original.kind,
        size=copy.size,
        state=DocumentState.READY,
        copy_of=original,
        only_for=only_for,
        added_by=viewer.seat_id,
        created_at=timezone.now(),
        since=original.since,
    )
    row.about = cipher.seal(TABLE, "about", row.pk, json.dumps(asdict(about)))
    row.file_key = cipher.seal(TABLE, "file_key", row.pk, wanted.file_key.hex())
    Document.objects.bulk_create([row])
    record(
        events.DOCUMENT_COPIED,
        viewer=viewer,
        case_id=case.pk,
        subject_id=row.pk,
        to_agency=wanted.recipient.agency_id,
        before=None,
        after=str(row.state),
        **motive(viewer, case),
    )
    tell_live(viewer, case)
    return row


def discard_copy(wanted: Wanted) -> None:
    """Keep nothing of a copy that was not written down."""
    delete_files(wanted.reading.case_id, wanted.copy_id)


def recipients(viewer: Viewer, case: Case) -> list[Partner]:
    """The agencies that a copy may be made for: those of the cell that do not steer the case."""
    steering = units_on_case(case, Level.STEER)
    return [
        partner
        for partner in partners.partners_to_share_with(viewer)
        if partner.unit_id not in steering
    ]


def _copied(viewer: Viewer, document_id: UUID) -> tuple[Document, Case]:
    row, case = visible_document(viewer, document_id)
    if not policies.can_copy_documents(viewer) or not may_edit(viewer, row):
        raise NotAllowed(case_id=case.pk)
    if row.copy_of_id is not None:
        raise WrongState(_("Ce document est déjà une copie."), case_id=case.pk)
    if row.state != DocumentState.READY:
        raise WrongState(_("Ce document attend encore sa vérification."), case_id=case.pk)
    if not _kind(row).shown_as_pages:
        message = _("Ce type de document ne se caviarde pas ici. Ajoutez-le au format PDF.")
        raise WrongState(message, case_id=case.pk)
    return row, case


def _kind(row: Document) -> Kind:
    return KINDS[row.kind]


def _place(wanted: Wanted) -> str:
    return served_of(Document(id=wanted.copy_id, case_id=wanted.reading.case_id))
