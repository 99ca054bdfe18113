"""Add a document to a part of a case: asked for, then looked at, then written down.

Looking at a file takes its time, so it stands between two transactions: ``prepare`` says whether
this person may, ``receive`` looks at the file without a transaction, ``add`` asks again and writes.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.recorder import record
from kernel.errors import Invalid, NotAllowed, TooMany, WrongState
from kernel.files.antivirus import Verdict, verdict_on
from kernel.files.blobs import new_file_key, seal
from kernel.files.kinds import KINDS, MIB, Kind, kind_of
from kernel.files.names import shown_name
from kernel.files.store import store
from kernel.files.workshop import Unfit, have_done
from kernel.ids import uuid7
from kernel.viewer import Viewer
from referrals import events, policies
from referrals.casefile.cases import (
    ENDED,
    cipher_of,
    hold_case,
    milestone,
    refuse_while_frozen,
    tell_live,
    visible_case,
)
from referrals.compartments import Compartment
from referrals.documents.bounds import DOCUMENTS
from referrals.documents.loose import delete_files, expect_file
from referrals.documents.refusals import unfit
from referrals.documents.selectors import TABLE, About, original_of, parts_to_fill, served_of
from referrals.models import Case, Document
from referrals.models.document import DocumentState, Nature
from referrals.states import ENDS, State

SOURCE = 300
STATES = {
    Verdict.CLEAN: DocumentState.READY,
    Verdict.INFECTED: DocumentState.INFECTED,
    Verdict.UNKNOWN: DocumentState.PENDING,
}
INTIMATE_IMAGE = "intimate_image"
INTIMATE = _(
    "Une image intime d'un élève ne se dépose pas ici. Ne la copiez pas et ne la transmettez à"
    " personne : appelez le 3018, qui la fait retirer, et le 17 s'il y a urgence. Notez dans les"
    " faits qui la détient."
)
"""The cell keeps a pointer and never such an image; the 3018 can have it taken down in hours.

The 3018 is the single national number against bullying (national plan of September 2023) and a
trusted flagger since November 2024 (decision of Arcom under article 22 of the DSA).
"""


@dataclass(frozen=True, slots=True)
class NewDocument:
    """What somebody says of a file before it is looked at."""

    part: Compartment
    nature: Nature
    name: str
    intimate: bool
    source: str = ""
    captured_on: date | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """Leave to bring one file, with the key that it will be sealed under."""

    document_id: UUID
    case_id: UUID
    new: NewDocument
    file_key: bytes


@dataclass(frozen=True, slots=True)
class Received:
    """What a file turned out to be, once its sealed original lies in the store."""

    kind: Kind
    size: int
    pages: int
    sha256: str
    state: DocumentState


def prepare(viewer: Viewer, case_id: UUID, new: NewDocument) -> Ticket:
    """Leave to add this document. Raises NotAllowed, WrongState, or Invalid about a field."""
    refuse_while_frozen(_check_place(viewer, case_id, new).pk)
    _check_words(new)
    refuse_too_many(viewer)
    ticket = Ticket(uuid7(), case_id, new, new_file_key())
    expect_file(case_id, ticket.document_id)
    return ticket


def receive(ticket: Ticket, content: bytes) -> Received:
    """Look at the file, clean it, have it scanned, and keep it sealed as it came and as cleaned.

    Raises Invalid for what is not accepted; nothing of it is kept then.
    """
    kind = _accepted_kind(content)
    try:
        made = have_done("clean", kind.code, content)
    except Unfit as refused:
        raise unfit(refused.code) from refused
    cleaned = made.pieces[0]
    state = STATES[verdict_on(content)]
    row = _row(ticket, kind)
    for place, piece in ((original_of(row), content), (served_of(row), cleaned)):
        store().put(place, seal(ticket.file_key, place, piece))
    digest = hashlib.sha256(content).hexdigest()
    return Received(kind, len(cleaned), made.facts["pages"], digest, state)


def add(viewer: Viewer, ticket: Ticket, received: Received) -> Document:
    """Write down the document that was received. What may be done is asked again."""
    new = ticket.new
    case = _check_place(viewer, ticket.case_id, new)
    if hold_case(case) in ENDS:
        raise WrongState(ENDED, case_id=case.pk)
    cipher = cipher_of(case)
    about = About(
        name=shown_name(new.name, received.kind.suffix, str(new.nature.label)),
        sha256=received.sha256,
        pages=received.pages,
        source=new.source,
        captured_on=new.captured_on.isoformat() if new.captured_on else None,
    )
    row = _row(ticket, received.kind)
    row.cell_id, row.case = case.cell_id, case
    row.size, row.state, row.added_by = received.size, received.state, viewer.seat_id
    row.about = cipher.seal(TABLE, "about", row.pk, json.dumps(asdict(about)))
    row.file_key = cipher.seal(TABLE, "file_key", row.pk, ticket.file_key.hex())
    row.created_at = row.since = timezone.now()
    Document.objects.bulk_create([row])
    milestone(viewer, case, "document.added", bit=row.bit)
    record(
        events.DOCUMENT_ADDED,
        viewer=viewer,
        case_id=case.pk,
        subject_id=row.pk,
        part=new.part.code,
        nature=str(new.nature),
        before=None,
        after=str(row.state),
    )
    tell_live(viewer, case)
    return row


def discard(ticket: Ticket) -> None:
    """Keep nothing of a file that was not written down."""
    delete_files(ticket.case_id, ticket.document_id)


def refuse_too_many(viewer: Viewer) -> None:
    """Raise TooMany for somebody who has added as much as one person can have to within an hour."""
    since = timezone.now() - timedelta(hours=1)
    added = Document.objects.filter(
        cell_id=viewer.cell_id, added_by=viewer.seat_id, created_at__gt=since
    )
    if added.count() >= DOCUMENTS:
        sentence = _("%(most)s documents ajoutés en une heure : attendez avant d'en ajouter.")
        raise TooMany(sentence % {"most": DOCUMENTS})


def _check_place(viewer: Viewer, case_id: UUID, new: NewDocument) -> Case:
    case = visible_case(viewer, case_id)
    if not policies.can_add_documents(viewer):
        raise NotAllowed(case_id=case_id)
    if case.state in ENDS or case.state == State.DRAFT:
        raise WrongState(ENDED, case_id=case_id)
    parts = parts_to_fill(case)
    if not parts:
        raise NotAllowed(case_id=case_id)
    if new.part not in parts:
        raise Invalid(fields={"part": [_("Choisissez une partie de la liste.")]}, case_id=case_id)
    return case


def _check_words(new: NewDocument) -> None:
    wrong: dict[str, list[object]] = {}
    if new.intimate:
        raise Invalid(fields={"intimate": [INTIMATE]}, code=INTIMATE_IMAGE)
    if new.captured_on is not None and new.captured_on > timezone.localdate():
        wrong["captured_on"] = [_("Cette date est dans le futur.")]
    if new.nature == Nature.SCREENSHOT and new.captured_on is None:
        wrong["captured_on"] = [_("Indiquez le jour où la capture a été faite.")]
    if new.nature == Nature.SCREENSHOT and not new.source.strip():
        wrong["source"] = [_("Indiquez d'où vient la capture : réseau, groupe, compte.")]
    if len(new.source) > SOURCE:
        wrong["source"] = [_("Ce texte est trop long.")]
    if wrong:
        raise Invalid(fields=wrong)


def _accepted_kind(content: bytes) -> Kind:
    if not content:
        raise Invalid(fields={"file": [_("Ce fichier est vide.")]}, code="empty_file")
    kind = kind_of(content)
    if kind is None:
        listed = ", ".join(str(known.label) for known in KINDS.values())
        message = _("Ce fichier n'est pas d'un type accepté. Acceptés : %(kinds)s.")
        raise Invalid(fields={"file": [message % {"kinds": listed}]}, code="wrong_type")
    if len(content) > kind.limit:
        message = _("Ce fichier dépasse %(most)s Mo, le plus qu'on accepte pour ce type.")
        raise Invalid(fields={"file": [message % {"most": kind.limit // MIB}]}, code="too_large")
    return kind


def _row(ticket: Ticket, kind: Kind) -> Document:
    new = ticket.new
    return Document(
        id=ticket.document_id,
        case_id=ticket.case_id,
        bit=new.part.bit,
        nature=new.nature,
        kind=kind.code,
    )
