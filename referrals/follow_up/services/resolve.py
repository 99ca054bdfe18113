"""Say what came of a case."""

from uuid import UUID

from kernel.clock import now
from kernel.viewer import Viewer
from referrals.casefile.cases import locked_case, milestone, take_step, tell_live
from referrals.models import Case
from referrals.models.case import Outcome


def resolve(viewer: Viewer, case_id: UUID, *, outcome: Outcome, version: int | None = None) -> Case:
    """Record the outcome. The case stays open until the school has been told."""
    case = locked_case(viewer, case_id, version=version)
    take_step(
        viewer,
        case,
        "resolve",
        facts={"outcome": str(outcome)},
        outcome=outcome,
        resolved_at=now(),
    )
    milestone(viewer, case, "referral.resolved")
    tell_live(viewer, case)
    return case
