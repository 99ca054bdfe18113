"""Tell the school what became of its referral."""

from datetime import date
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.recorder import record
from kernel.clock import now
from kernel.errors import Invalid
from kernel.ids import uuid7
from kernel.outbox import enqueue
from kernel.viewer import Viewer
from referrals import events, partners, policies
from referrals.casefile.cases import (
    locked_case,
    milestone,
    tell_live,
    too_late_or_not_theirs,
)
from referrals.compartments import Compartment
from referrals.models import Feedback
from referrals.models.history import FeedbackCode
from referrals.states import COORDINATION


def give_feedback(
    viewer: Viewer, case_id: UUID, *, code: FeedbackCode, next_check_on: date | None = None
) -> Feedback:
    """Send a coded answer with a contact and, if there is one, the next date. No judicial detail.

    Art. 40-2 CPP makes the answer a duty; the code is all that the school reads.
    """
    case = locked_case(viewer, case_id)
    if not policies.can_give_feedback(viewer, case):
        raise too_late_or_not_theirs(viewer, COORDINATION, case_id)
    if next_check_on is not None and next_check_on < timezone.localdate():
        raise Invalid(fields={"next_check_on": [_("Le prochain point est à une date à venir.")]})
    feedback = Feedback(
        id=uuid7(),
        cell_id=case.cell_id,
        case=case,
        bit=Compartment.FEEDBACK.bit,
        code=code,
        contact_name=f"{viewer.display_name}, {viewer.agency_name}",
        next_check_on=next_check_on,
        sent_by=viewer.seat_id,
        created_at=now(),
    )
    Feedback.objects.bulk_create([feedback])
    case.feedback_at = feedback.created_at
    case.save(update_fields=["feedback_at"])
    milestone(viewer, case, "feedback.sent", bit=Compartment.FEEDBACK.bit)
    record(
        events.FEEDBACK_SENT,
        viewer=viewer,
        case_id=case.pk,
        subject_id=feedback.pk,
        code=str(code),
    )
    enqueue(
        viewer,
        event_id=uuid7(),
        kind="feedback.sent",
        recipients=partners.recipients_for_units(viewer, {case.owner_unit}),
        subject_id=case.pk,
    )
    tell_live(viewer, case)
    return feedback
