"""Activate the cell on a case."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from agencies.rules import rules_of
from kernel.clock import now
from kernel.errors import NotAllowed
from kernel.ids import uuid7
from kernel.outbox import enqueue
from kernel.viewer import Viewer
from referrals import partners, policies
from referrals.casefile.cases import locked_case, milestone, take_step, tell_live
from referrals.models import Case


def activate(viewer: Viewer, case_id: UUID, *, version: int | None = None) -> Case:
    """The prosecutor decides that the cell acts; coordination and school hear it.

    A delegate decides it too, unless the cell's rules keep it to the prosecutor.
    """
    case = locked_case(viewer, case_id, version=version)
    delegate = policies.can_take_step(viewer, "activate")
    if delegate and not policies.can_activate(viewer, rules_of(viewer.cell_id)):
        raise NotAllowed(
            _("Dans cette cellule, seul le procureur ou un substitut active la cellule."),
            case_id=case_id,
        )
    take_step(viewer, case, "activate", activated_at=now())
    milestone(viewer, case, "referral.activated")
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
