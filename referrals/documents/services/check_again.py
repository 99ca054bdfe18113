"""Have a document that waits looked at by the virus scanner: asked, scanned, written down."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit.recorder import record
from kernel.errors import NotAllowed, WrongState
from kernel.files.antivirus import Verdict, verdict_on
from kernel.files.kinds import KINDS
from kernel.viewer import Viewer
from referrals import events
from referrals.casefile.cases import cipher_of, hold_case, tell_live
from referrals.documents.selectors import (
    about_of,
    file_key_of,
    may_edit,
    original_of,
    visible_document,
)
from referrals.documents.services.read import Reading, fetch
from referrals.models import Case, Document
from referrals.models.document import DocumentState

STATES = {Verdict.CLEAN: DocumentState.READY, Verdict.INFECTED: DocumentState.INFECTED}


def begin_check(viewer: Viewer, document_id: UUID) -> Reading:
    """Leave to have the original scanned. Raises NotAllowed, or WrongState when it is done."""
    row, case = _waiting(viewer, document_id)
    cipher = cipher_of(case)
    place, key = original_of(row), file_key_of(row, cipher)
    name = about_of(row, cipher).name
    return Reading(row.pk, case.pk, KINDS[row.kind], name, place, key)


def scan(reading: Reading) -> Verdict:
    """What the scanner says of it now. Needs no transaction."""
    return verdict_on(fetch(reading))


def finish_check(viewer: Viewer, document_id: UUID, verdict: Verdict) -> Document:
    """Write down what the scanner said. Raises WrongState when it said nothing."""
    row, case = _waiting(viewer, document_id)
    if verdict not in STATES:
        raise WrongState(
            _("L'antivirus ne répond pas : le document attend encore. Réessayez plus tard."),
            case_id=case.pk,
        )
    hold_case(case)
    row.state = STATES[verdict]
    row.version += 1
    row.save(update_fields=["state", "version"])
    record(
        events.DOCUMENT_CHECKED,
        viewer=viewer,
        case_id=case.pk,
        subject_id=row.pk,
        before=str(DocumentState.PENDING),
        after=str(row.state),
    )
    tell_live(viewer, case)
    return row


def _waiting(viewer: Viewer, document_id: UUID) -> tuple[Document, Case]:
    row, case = visible_document(viewer, document_id)
    if not may_edit(viewer, row):
        raise NotAllowed(case_id=case.pk)
    if row.state != DocumentState.PENDING:
        raise WrongState(_("Ce document est déjà vérifié."), case_id=case.pk)
    return row, case
