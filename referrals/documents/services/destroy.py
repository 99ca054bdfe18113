"""Destroy a document that should not be there: its key and its name at once, its file after it.

That it was there, in which part and why it went stays on record. Nobody reads it again.
"""

from datetime import timedelta
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit.recorder import record
from kernel.clock import now
from kernel.errors import NotAllowed
from kernel.step_up import require_fresh
from kernel.viewer import Viewer
from referrals import events, policies
from referrals.casefile.cases import hold_case, milestone, tell_live
from referrals.documents.selectors import may_edit, visible_document
from referrals.models import Case, Document
from referrals.models.document import DocumentState, Reason

MISTAKE = timedelta(hours=24)
REASONS = [choice for choice in Reason.choices if choice[0] != Reason.REPLACED]
"""What people may say; that another copy takes its place is for the service that makes one."""
NOT_YOURS = _(
    "Seul le service qui l'a ajouté détruit ce document, et dans la journée. Ensuite, demandez-le"
    " à la coordination."
)


def may_destroy(viewer: Viewer, document_id: UUID) -> bool:
    """Whether this viewer may destroy a document that they see. Raises NotFound."""
    return _may(viewer, *visible_document(viewer, document_id))


def destroy(viewer: Viewer, document_id: UUID, reason: Reason) -> UUID:
    """Destroy a document and the copies made of it; the case that it was in.

    Whoever added it may within a day, and those who steer the case at any time; what the
    prosecutor's office added, only that office. Raises NotFound, NotAllowed, StepUpRequired unless
    a factor was shown a moment ago, or WrongState while the prosecutor has frozen the acts of
    others.
    """
    row, case = visible_document(viewer, document_id)
    if not _may(viewer, row, case):
        raise NotAllowed(NOT_YOURS, case_id=case.pk)
    require_fresh(viewer)
    hold_case(case)
    drop(viewer, row, reason)
    milestone(viewer, case, "document.destroyed", bit=row.bit, detail=str(reason.label))
    tell_live(viewer, case)
    return case.pk


def drop(viewer: Viewer, row: Document, reason: Reason) -> None:
    """Destroy a row of a held case, on record. The database empties it and its copies."""
    before, row.state = row.state, DocumentState.DESTROYED
    row.version += 1
    row.save(update_fields=["state", "version"])
    record(
        events.DOCUMENT_DESTROYED,
        viewer=viewer,
        case_id=row.case_id,
        subject_id=row.pk,
        cause=str(reason),
        before=str(before),
        after=str(row.state),
    )


def _may(viewer: Viewer, row: Document, case: Case) -> bool:
    if not may_edit(viewer, row):
        return False
    mine = row.owner_unit in viewer.units
    if mine and row.created_at > now() - MISTAKE:
        return True
    others = row.owner_unit != case.prosecutor_unit or row.copy_of_id is not None
    return policies.steers(viewer, case) and (mine or others)
