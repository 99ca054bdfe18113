"""Say that a measure has been carried out."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit.recorder import record
from kernel.clock import now
from kernel.errors import NotAllowed, NotFound, WrongState
from kernel.viewer import Viewer
from referrals import events, policies
from referrals.casefile.cases import (
    ENDED,
    hold_case,
    is_open_now,
    milestone,
    tell_live,
    visible_case,
)
from referrals.compartments import Compartment
from referrals.models import Measure
from referrals.models.history import MeasureState
from referrals.states import ENDS


def finish_measure(viewer: Viewer, measure_id: UUID) -> Measure:
    """Mark a planned measure as done. Its owner may, and coordination for them."""
    seen = _visible_measure(viewer, measure_id)
    case = visible_case(viewer, seen.case_id)
    if not policies.can_finish_measure(viewer, seen):
        raise NotAllowed(case_id=case.pk)
    if hold_case(case) in ENDS:
        raise WrongState(ENDED, case_id=case.pk)
    measure = Measure.objects.select_for_update().get(pk=measure_id)
    if measure.state != MeasureState.PLANNED:
        raise WrongState(_("Cette mesure n'est plus à faire."), case_id=case.pk)
    before, measure.state, measure.done_at = measure.state, MeasureState.DONE, now()
    measure.version += 1
    measure.save(update_fields=["state", "done_at", "version"])
    milestone(viewer, case, "measure.done", bit=Compartment.CELL.bit, detail=measure.owner_name)
    record(
        events.MEASURE_DONE,
        viewer=viewer,
        case_id=case.pk,
        subject_id=measure.pk,
        measure=measure.pk,
        before=before,
        after=measure.state,
    )
    tell_live(viewer, case)
    return measure


def case_of_measure(viewer: Viewer, measure_id: UUID) -> UUID:
    """The case of a measure that this viewer may see. Raises NotFound."""
    return visible_case(viewer, _visible_measure(viewer, measure_id).case_id).pk


def _visible_measure(viewer: Viewer, measure_id: UUID) -> Measure:
    measure = Measure.objects.filter(pk=measure_id, cell_id=viewer.cell_id).first()
    if measure is None or not set(measure.viewers) & set(viewer.units):
        raise NotFound
    if not is_open_now(viewer, measure):
        raise NotFound
    return measure
