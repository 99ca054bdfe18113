"""Call the cell together about a case."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit import record
from kernel.clock import now
from kernel.errors import Invalid
from kernel.ids import uuid7
from kernel.outbox import enqueue
from kernel.viewer import Viewer
from meetings import events, policies
from meetings.access import tell_live, units_with_scope
from meetings.models import Invitation, Meeting
from meetings.services.add_point import put_on_agenda
from referrals import partners
from referrals.casefile.cases import (
    ENDED,
    locked_case,
    milestone,
    too_late_or_not_theirs,
)
from referrals.casework.owners import share_first
from referrals.compartments import Compartment
from referrals.partners import Partner
from referrals.states import COORDINATION

LATE, FURTHEST = timedelta(hours=1), timedelta(days=366)
MOST_AGENCIES = 40


def convene(
    viewer: Viewer, case_id: UUID, *, starts_at: datetime, agencies: Sequence[UUID]
) -> Meeting:
    """Plan a restricted meeting about one case and ask agencies (their accessions) to come.

    Coordination always sits there. Nothing widens: an agency that may not read the case is
    refused, and the sentence says to propose a share first.
    """
    case = locked_case(viewer, case_id)
    if not policies.can_convene(viewer, case.state):
        raise too_late_or_not_theirs(viewer, COORDINATION, case_id, ENDED)
    invited = _invited(viewer, case_id, agencies)
    moment = now()
    if not moment - LATE <= starts_at <= moment + FURTHEST:
        raise Invalid(fields={"starts_at": [_("Choisissez une date dans les douze mois.")]})
    meeting = Meeting(
        id=uuid7(),
        cell_id=viewer.cell_id,
        starts_at=starts_at,
        convened_by=viewer.seat_id,
        convened_name=viewer.display_name,
        created_at=moment,
    )
    Meeting.objects.bulk_create([meeting])
    put_on_agenda(meeting, case.pk, case.reference or "", 1)
    Invitation.objects.bulk_create(
        [
            Invitation(
                cell_id=viewer.cell_id,
                meeting=meeting,
                unit_id=partner.unit_id,
                agency_id=partner.agency_id,
                agency_name=partner.name,
                created_at=moment,
            )
            for partner in invited
        ]
    )
    meeting.refresh_from_db()
    milestone(viewer, case, "meeting.convened", bit=Compartment.CELL.bit)
    record(
        events.CONVENED,
        viewer=viewer,
        case_id=case.pk,
        subject_id=meeting.pk,
        starts_on=timezone.localdate(starts_at),
        invited=len(invited),
        before=None,
        after=meeting.state,
    )
    enqueue(
        viewer,
        event_id=uuid7(),
        kind="meeting.convened",
        recipients=partners.recipients_for_units(viewer, {p.unit_id for p in invited}),
        subject_id=meeting.pk,
    )
    tell_live(viewer, meeting, "meeting.convened", case_id=case.pk)
    return meeting


def _invited(viewer: Viewer, case_id: UUID, agencies: Sequence[UUID]) -> list[Partner]:
    """The agencies, each of which may read the case; Invalid names what to do about the others."""
    wanted = list(dict.fromkeys(agencies))
    if not 1 <= len(wanted) <= MOST_AGENCIES:
        raise Invalid(fields={"agencies": [_("Choisissez au moins un service.")]})
    with_scope = units_with_scope(case_id)
    invited: list[Partner] = []
    for accession_id in wanted:
        partner = partners.partner(viewer, accession_id)
        if partner is None or partner.unit_id not in with_scope:
            raise share_first(viewer, case_id, partner, "agencies")
        invited.append(partner)
    return invited
