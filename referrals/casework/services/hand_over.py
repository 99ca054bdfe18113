"""Give a planned measure to another agency, when the one that had it has nobody left."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from audit.recorder import record
from kernel.errors import Conflict, Invalid, NotAllowed, NotFound, WrongState
from kernel.ids import uuid7
from kernel.outbox import enqueue
from kernel.viewer import Viewer
from referrals import events, partners
from referrals.casefile.cases import (
    ENDED,
    hold_case,
    milestone,
    tell_live,
    visible_case,
)
from referrals.casework.left_behind import without_anybody
from referrals.casework.owners import check_due_date, owner_on_case
from referrals.compartments import Compartment
from referrals.models import Case, Measure
from referrals.models.history import MeasureState
from referrals.states import COORDINATION, ENDS


def may_hand_over(viewer: Viewer, measure_id: UUID) -> Case:
    """The case of a measure, for coordination. Raises NotFound, or NotAllowed for others on it."""
    seen = Measure.objects.filter(pk=measure_id, cell_id=viewer.cell_id).first()
    if seen is None or not set(seen.viewers) & set(viewer.units):
        raise NotFound
    case = visible_case(viewer, seen.case_id)
    if not viewer.has(*COORDINATION):
        raise NotAllowed(case_id=case.pk)
    return case


def hand_over(
    viewer: Viewer, measure_id: UUID, *, to_accession: UUID, due_on: date, version: int | None
) -> Measure:
    """Make an agency that already reads the case the owner of a measure that nobody is left to do.

    Nothing widens: an agency without scope is refused, propose a share first. Raises Invalid for
    one without anybody, Conflict when somebody changed the measure meanwhile, WrongState when it is
    no longer to be done or its agency has somebody again.
    """
    case = may_hand_over(viewer, measure_id)
    if hold_case(case) in ENDS:
        raise WrongState(ENDED, case_id=case.pk)
    owner = owner_on_case(viewer, case, to_accession, "to_accession")
    if without_anybody([owner.unit_id]):
        sentence = _("Plus personne de ce service n'a accès : choisissez-en un autre.")
        raise Invalid(fields={"to_accession": [sentence]})
    check_due_date(due_on)
    measure = Measure.objects.get(pk=measure_id)
    if measure.state != MeasureState.PLANNED:
        raise WrongState(_("Cette mesure n'est plus à faire."), case_id=case.pk)
    if version is not None and version != measure.version:
        raise Conflict(version=measure.version, case_id=case.pk)
    if not without_anybody([measure.owner_unit]):
        raise WrongState(_("Cette mesure n'est plus à réattribuer."), case_id=case.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT referrals.hand_over(%s, %s, %s, %s)",
            [measure_id, to_accession, due_on, measure.version],
        )
        if cursor.fetchone()[0] is None:
            raise Conflict(version=measure.version, case_id=case.pk)
    milestone(viewer, case, "measure.handed_over", bit=Compartment.CELL.bit, detail=owner.name)
    record(
        events.MEASURE_HANDED_OVER,
        viewer=viewer,
        case_id=case.pk,
        subject_id=measure_id,
        to_agency=owner.agency_id,
        due_on=due_on,
    )
    enqueue(
        viewer,
        event_id=uuid7(),
        kind="measure.added",
        recipients=partners.recipients_for_units(viewer, {owner.unit_id}),
        subject_id=case.pk,
    )
    tell_live(viewer, case)
    return Measure.objects.get(pk=measure_id)
