"""Give a referral its gravity and urgency."""

from uuid import UUID

from agencies.rules import rules_of
from kernel.clock import now
from kernel.ids import uuid7
from kernel.outbox import enqueue
from kernel.viewer import Viewer
from referrals import partners
from referrals.casefile.cases import (
    locked_case,
    milestone,
    take_step,
    tell_live,
    units_on_case,
)
from referrals.models import Case
from referrals.models.access import Level
from referrals.models.case import Urgency


def triage(
    viewer: Viewer, case_id: UUID, *, gravity: int, urgency: Urgency, version: int | None = None
) -> Case:
    """Assess a referral: gravity from 0 to 3 and urgency; the prosecutor's office is told.

    An office that the cell's rules bring in only now sees the case from here on.
    A human decides; nothing is computed. A referral can be assessed without having been
    acknowledged first, which then counts as taken in hand.
    """
    case = locked_case(viewer, case_id, version=version)
    moment = now()
    hearers = units_on_case(case, Level.READ)
    danger = case.danger or urgency == Urgency.IMMEDIATE
    unit = case.prosecutor_unit
    if unit is None and rules_of(viewer.cell_id).goes_to_prosecutor(danger=danger, gravity=gravity):
        unit = partners.prosecutor_unit_for(viewer, case.school_id)
    take_step(
        viewer,
        case,
        "triage",
        facts={"gravity": gravity, "urgency": str(urgency)},
        gravity=gravity,
        urgency=urgency,
        prosecutor_unit=unit,
        triaged_at=moment,
        acknowledged_at=case.acknowledged_at or moment,
    )
    milestone(viewer, case, "referral.triaged")
    units = {unit} if unit is not None else set()
    enqueue(
        viewer,
        event_id=uuid7(),
        kind="referral.triaged",
        recipients=partners.recipients_for_units(viewer, units),
        subject_id=case.pk,
    )
    tell_live(viewer, case, hearers | units)
    return case
