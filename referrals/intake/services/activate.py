"""Activate the cell on a case."""

from uuid import UUID

from audit.recorder import record
from kernel.clock import now
from kernel.ids import uuid7
from kernel.outbox import enqueue
from kernel.viewer import Viewer
from referrals import events, partners
from referrals.casefile.cases import locked_case, milestone, take_step, tell_live
from referrals.models import Case


def activate(viewer: Viewer, case_id: UUID, *, version: int | None = None) -> Case:
    """The prosecutor or a delegate decides that the cell acts; coordination and school hear it."""
    case = locked_case(viewer, case_id, version=version)
    take_step(viewer, case, "activate", activated_at=now())
    milestone(viewer, case, "referral.activated")
    record(events.ACTIVATED, viewer=viewer, case_id=case.pk)
    units = {partners.coordination_unit(viewer), case.owner_unit}
    enqueue(
        viewer,
        event_id=uuid7(),
        kind="referral.activated",
        recipients=partners.recipients_for_units(viewer, units),
        subject_id=case.pk,
    )
    tell_live(viewer, case)
    return case
