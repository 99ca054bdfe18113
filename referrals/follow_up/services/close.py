"""Close a case."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.errors import NotAllowed, WrongState
from kernel.viewer import Viewer
from referrals import policies
from referrals.casefile.cases import locked_case, milestone, take_step, tell_live
from referrals.models import Case


def close(viewer: Viewer, case_id: UUID, *, version: int | None = None) -> Case:
    """Close a case whose outcome is known and whose school has been told. Every share ends."""
    case = locked_case(viewer, case_id, version=version)
    if not policies.can_take_step(viewer, "close"):
        raise NotAllowed(case_id=case_id)
    told_since = case.feedback_at and case.resolved_at and case.feedback_at >= case.resolved_at
    if case.state == "resolved" and not told_since:
        raise WrongState(
            _("Faites d'abord le retour à l'établissement : un dossier ne se clôt pas sans."),
            code="feedback_missing",
            case_id=case_id,
        )
    milestone(viewer, case, "referral.closed")
    hearers = set(case.viewers)
    take_step(viewer, case, "close", closed_at=now())
    tell_live(viewer, case, hearers)
    return case
