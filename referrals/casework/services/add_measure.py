"""Decide a measure."""

from datetime import date
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit.recorder import record
from kernel.clock import now
from kernel.errors import WrongState
from kernel.ids import uuid7
from kernel.outbox import enqueue
from kernel.viewer import Viewer
from referrals import events, partners, policies
from referrals.casefile.cases import (
    cipher_of,
    locked_case,
    milestone,
    take_step,
    tell_live,
    too_late_or_not_theirs,
)
from referrals.casework.owners import check_due_date, owner_on_case
from referrals.compartments import Compartment
from referrals.models import Measure
from referrals.models.history import MeasureKind
from referrals.states import State

NOT_YET = _("Les mesures se décident une fois la cellule activée par le parquet.")
PAUSED = _("Le parquet demande de ne mener aucun entretien avec les élèves pour le moment.")


def add_measure(
    viewer: Viewer,
    case_id: UUID,
    *,
    kind: MeasureKind,
    owner_accession: UUID,
    due_on: date,
    note: str = "",
) -> Measure:
    """Give a measure to an agency that already sees the case, with a date.

    The first measure of an activated case makes its action plan. Raises Invalid for an agency
    without scope: a task widens nothing, propose a share first.
    """
    case = locked_case(viewer, case_id)
    if not policies.can_add_measure(viewer, case):
        raise too_late_or_not_theirs(viewer, policies.CELL_CORE, case_id, NOT_YET)
    if kind == MeasureKind.SHARED_CONCERN and case.interviews_paused_at is not None:
        raise WrongState(PAUSED, code="interviews_paused", case_id=case_id)
    owner = owner_on_case(viewer, case, owner_accession, "owner_accession")
    check_due_date(due_on)
    measure_id = uuid7()
    measure = Measure(
        id=measure_id,
        cell_id=case.cell_id,
        case=case,
        bit=Compartment.CELL.bit,
        kind=kind,
        note=cipher_of(case).seal("referrals_measure", "note", measure_id, note),
        owner_unit=owner.unit_id,
        owner_name=owner.name,
        due_on=due_on,
        decided_by=viewer.seat_id,
        created_at=now(),
    )
    Measure.objects.bulk_create([measure])
    before = case.state
    if case.state == State.ACTIVATED and policies.can_take_step(viewer, "plan"):
        take_step(viewer, case, "plan")
    milestone(viewer, case, "measure.added", bit=Compartment.CELL.bit, detail=owner.name)
    record(
        events.MEASURE_ADDED,
        viewer=viewer,
        case_id=case.pk,
        subject_id=measure.pk,
        measure_kind=str(kind),
        due_on=due_on,
        before=before,
        after=case.state,
    )
    enqueue(
        viewer,
        event_id=uuid7(),
        kind="measure.added",
        recipients=partners.recipients_for_units(viewer, {owner.unit_id}),
        subject_id=case.pk,
    )
    tell_live(viewer, case)
    return measure
