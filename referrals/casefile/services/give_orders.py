"""What the prosecutor orders on a case, without having to say why."""

from collections.abc import Collection
from uuid import UUID

from audit.recorder import record
from kernel.clock import now
from kernel.ids import uuid7
from kernel.outbox import enqueue
from kernel.viewer import Viewer
from referrals import events, partners, policies
from referrals.casefile.cases import (
    ENDED,
    locked_case,
    milestone,
    tell_live,
    too_late_or_not_theirs,
)
from referrals.compartments import Compartment, compartments_in, scope_of
from referrals.models import Case
from referrals.states import ENDS, PROSECUTION


def give_orders(
    viewer: Viewer,
    case_id: UUID,
    *,
    freeze_acts: bool,
    pause_interviews: bool,
    closed: Collection[Compartment] = (),
    version: int | None = None,
) -> Case:
    """Say what holds on a case from now on: all orders at once, those left out are lifted.

    While acts are frozen nobody else adds, decides, shares or accepts anything; ending a share
    stays possible. While interviews are paused no measure asks for one. A closed compartment goes
    into no new share; what already runs goes on until coordination ends it. Coordination and the
    school are told that there are orders, and nobody is told why.
    """
    case = locked_case(viewer, case_id, version=version)
    if not policies.can_give_orders(viewer, case):
        theirs = PROSECUTION if case.prosecutor_unit in viewer.units else frozenset[str]()
        why = ENDED if case.state in ENDS else None
        raise too_late_or_not_theirs(viewer, theirs, case_id, why)
    moment, before = now(), _orders(case)
    case.acts_frozen_at = (case.acts_frozen_at or moment) if freeze_acts else None
    case.interviews_paused_at = (case.interviews_paused_at or moment) if pause_interviews else None
    case.closed_scope = scope_of(closed)
    case.version += 1
    case.save(update_fields=["acts_frozen_at", "interviews_paused_at", "closed_scope", "version"])
    milestone(viewer, case, "prosecutor.orders")
    record(
        events.ORDERS_GIVEN,
        viewer=viewer,
        case_id=case.pk,
        acts_frozen=freeze_acts,
        interviews_paused=pause_interviews,
        compartments=[part.code for part in compartments_in(case.closed_scope)],
        before=before,
        after=_orders(case),
    )
    units = {partners.coordination_unit(viewer), case.owner_unit}
    enqueue(
        viewer,
        event_id=uuid7(),
        kind="prosecutor.orders",
        recipients=partners.recipients_for_units(viewer, units),
        subject_id=case.pk,
    )
    tell_live(viewer, case)
    return case


def _orders(case: Case) -> list[str]:
    """The orders that hold, in codes."""
    given = {"acts_frozen": case.acts_frozen_at, "interviews_paused": case.interviews_paused_at}
    held = [code for code, since in given.items() if since is not None]
    return held + [f"closed:{part.code}" for part in compartments_in(case.closed_scope)]
