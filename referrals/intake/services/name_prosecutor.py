"""Name the prosecutor's office that decides on a case."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit.recorder import record
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
    units_on_case,
)
from referrals.models import Case
from referrals.models.access import Level
from referrals.states import COORDINATION, State

DECIDED = _("Le parquet a déjà décidé pour ce dossier : il ne change plus.")


def name_prosecutor(
    viewer: Viewer, case_id: UUID, *, office: UUID, version: int | None = None
) -> Case:
    """Give the case to an office, by its accession; the office sees it from now on and is told.

    Where the territory names nobody, or the wrong one until it has decided: the office that had
    the case sees it no longer. Raises Invalid for what is no office of the cell.
    """
    case = locked_case(viewer, case_id, version=version)
    if not policies.can_name_prosecutor(viewer, case):
        raise too_late_or_not_theirs(viewer, COORDINATION, case_id, DECIDED)
    chosen = next((p for p in partners.prosecutors(viewer) if p.accession_id == office), None)
    if chosen is None:
        raise Invalid(fields={"office": [_("Choisissez un parquet qui participe à la cellule.")]})
    if chosen.unit_id == case.prosecutor_unit:
        raise Invalid(fields={"office": [_("Ce parquet suit déjà ce dossier.")]})
    hearers = units_on_case(case, Level.READ) | {chosen.unit_id}
    case.prosecutor_unit = chosen.unit_id
    case.version += 1
    case.save(update_fields=["prosecutor_unit", "version"])
    milestone(viewer, case, "prosecutor.named", detail=chosen.name)
    record(events.PROSECUTOR_NAMED, viewer=viewer, case_id=case.pk, to_agency=str(chosen.agency_id))
    enqueue(
        viewer,
        event_id=uuid7(),
        kind="referral.triaged" if case.state == State.QUALIFIED else "prosecutor.named",
        recipients=partners.recipients_for_units(viewer, {chosen.unit_id}),
        subject_id=case.pk,
    )
    tell_live(viewer, case, hearers)
    return case
