"""Documents as their readers see them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from kernel.clock import now
from kernel.crypto.cases import CaseCipher
from kernel.crypto.keyring import CannotDecrypt
from kernel.errors import NotFound
from kernel.files.kinds import KINDS, Kind
from kernel.viewer import Viewer
from referrals.casefile.cases import cipher_of, opened, scope_now, visible_case
from referrals.compartments import Compartment, compartments_in
from referrals.documents.loose import place
from referrals.models import Case, Document
from referrals.models.document import DocumentState

Asked = Callable[[Document], bool]
TABLE = "referrals_document"
HOLDS_DOCUMENTS = (
    Compartment.FACTS,
    Compartment.SCHOOL_STEPS,
    Compartment.HEALTH_SOCIAL,
    Compartment.JUDICIAL,
    Compartment.LAW_ENFORCEMENT,
    Compartment.VICTIM_SUPPORT,
    Compartment.TERRITORIAL,
    Compartment.CELL,
)
"""Names of pupils are no documents, and what the school is told is said in codes."""
_PARTS = {part.bit: part for part in HOLDS_DOCUMENTS}


@dataclass(frozen=True, slots=True)
class About:
    """What is sealed of a document: what it is called, where it comes from, its digest."""

    name: str
    sha256: str
    pages: int = 0
    source: str = ""
    captured_on: str | None = None
    recipient: str = ""

    @property
    def captured(self) -> date | None:
        """When a screenshot was taken."""
        return date.fromisoformat(self.captured_on) if self.captured_on else None


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """One document, opened for one reader."""

    id: UUID
    case_id: UUID
    part: Compartment
    nature: str
    nature_label: str
    kind: Kind
    about: About
    size: int
    state: str
    state_label: str
    added_at: datetime
    owner_name: str
    copy_of: UUID | None
    editable: bool

    @property
    def pending(self) -> bool:
        """Whether no scanner has said anything of it yet."""
        return self.state == DocumentState.PENDING

    @property
    def ready(self) -> bool:
        """Whether it may be given out."""
        return self.state == DocumentState.READY


def documents_in(case: Case, cipher: CaseCipher, sees: Asked, edits: Asked) -> list[DocumentLine]:
    """The documents of an opened case that its reader ``sees``, newest first."""
    rows = Document.objects.filter(case=case).exclude(state=DocumentState.DESTROYED)
    seen = rows.defer("file_key").order_by("-created_at", "-id")
    return [_line(row, cipher, edits(row)) for row in seen if sees(row)]


def document_line(viewer: Viewer, document_id: UUID) -> DocumentLine:
    """One document that this viewer may see. Raises NotFound."""
    row, case = visible_document(viewer, document_id)
    return _line(row, cipher_of(case), may_edit(viewer, row))


def visible_document(viewer: Viewer, document_id: UUID) -> tuple[Document, Case]:
    """A document and its case, when both are for this viewer. Raises NotFound."""
    row = Document.objects.filter(pk=document_id, cell_id=viewer.cell_id).first()
    if row is None or row.state == DocumentState.DESTROYED:
        raise NotFound
    if not set(row.viewers) & set(viewer.units):
        raise NotFound
    case = visible_case(viewer, row.case_id)
    if row.recheck_at <= now() and not scope_now(case) & (1 << row.bit):
        raise NotFound
    return row, case


def parts_to_fill(case: Case) -> list[Compartment]:
    """The parts of the case to which the bound viewer may add a document now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT referrals.scope_to_edit(%s)", [case.pk])
        scope = int(cursor.fetchone()[0])
    return [part for part in compartments_in(scope) if part in HOLDS_DOCUMENTS]


def file_key_of(row: Document, cipher: CaseCipher) -> bytes:
    """The key of the document's files. Raises CannotDecrypt for one that was destroyed."""
    if row.file_key is None:
        raise CannotDecrypt
    return bytes.fromhex(opened(cipher, row, TABLE, "file_key"))


def original_of(row: Document) -> str:
    """Where the sealed original lies, as it came. Nobody is ever given it."""
    return place(row.case_id, row.pk, "original")


def served_of(row: Document) -> str:
    """Where the cleaned file lies: the only one that is ever given out."""
    return place(row.case_id, row.pk, "served")


def may_edit(viewer: Viewer, row: Document) -> bool:
    """Whether a document that this viewer sees is also theirs to check, copy or destroy."""
    return bool(set(viewer.units) & set(row.editors))


def about_of(row: Document, cipher: CaseCipher) -> About:
    """What is sealed of a document, opened. Raises CannotDecrypt for one that was destroyed."""
    if row.about is None:
        raise CannotDecrypt
    return About(**json.loads(opened(cipher, row, TABLE, "about")))


def _line(row: Document, cipher: CaseCipher, editable: bool) -> DocumentLine:
    return DocumentLine(
        id=row.pk,
        case_id=row.case_id,
        part=_PARTS[row.bit],
        nature=row.nature,
        nature_label=row.get_nature_display(),
        kind=KINDS[row.kind],
        about=about_of(row, cipher),
        size=row.size,
        state=row.state,
        state_label=row.get_state_display(),
        added_at=row.created_at,
        owner_name=row.owner_name,
        copy_of=row.copy_of_id,
        editable=editable,
    )
