"""Say that somebody of the cell has taken a referral in hand."""

from uuid import UUID

from kernel.clock import now
from kernel.ids import uuid7
from kernel.outbox import enqueue
from kernel.viewer import Viewer
from referrals import partners
from referrals.casefile.cases import locked_case, milestone, take_step, tell_live
from referrals.models import Case


def acknowledge(viewer: Viewer, case_id: UUID, *, version: int | None = None) -> Case:
    """Take a submitted referral in hand; the school is told."""
    case = locked_case(viewer, case_id, version=version)
    take_step(viewer, case, "acknowledge", acknowledged_at=now())
    milestone(viewer, case, "referral.acknowledged")
    enqueue(
        viewer,
        event_id=uuid7(),
        kind="referral.acknowledged",
        recipients=partners.recipients_for_units(viewer, {case.owner_unit}),
        subject_id=case.pk,
    )
    tell_live(viewer, case)
    return case
