"""Write down what the meeting has decided."""

from datetime import date
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit import record
from kernel.clock import now
from kernel.errors import Invalid, NotAllowed, NotFound, WrongState
from kernel.ids import uuid7
from kernel.live import announce
from kernel.outbox import enqueue
from kernel.viewer import Viewer
from meetings import events, policies
from meetings.access import my_level, units_at_table, units_with_scope, visible_meeting
from meetings.models import AgendaItem, Decision, Meeting
from meetings.states import DecisionCode, MeetingState
from referrals import partners
from referrals.casefile.cases import ENDED, cipher_of, hold_case, milestone
from referrals.casefile.selectors import case_for
from referrals.casework.owners import share_first, wrong_due_date
from referrals.casework.services.add_measure import PAUSED
from referrals.compartments import Compartment
from referrals.states import COORDINATION, ENDS

LONGEST = 2000


def record_decision(
    viewer: Viewer,
    meeting_id: UUID,
    *,
    code: DecisionCode,
    text: str,
    due_on: date,
    owner_accession: UUID | None,
    position: int = 1,
) -> Decision:
    """Record a decision about one point, owned by an agency with a due date.

    Without an owner it is the coordination's. Its words are sealed under the case's key, for
    those who may read the case at this table; one of them owns it. It is never changed.
    """
    meeting = visible_meeting(viewer, meeting_id)
    item = AgendaItem.objects.filter(meeting=meeting, position=position).first()
    if item is None or item.case_id is None:
        raise NotFound
    case = case_for(viewer, item.case_id)
    _check_may(viewer, meeting, item)
    owner_unit, owner_agency, owner_name = _owner(viewer, meeting, case.pk, owner_accession)
    _check_words(text, due_on)
    # The case before the meeting, as everywhere: see who waits for whom in migrations/0002.
    if hold_case(case) in ENDS:
        raise WrongState(ENDED, case_id=case.pk)
    case.refresh_from_db(fields=["interviews_paused_at"])
    if code == DecisionCode.INTERVIEW and case.interviews_paused_at is not None:
        raise WrongState(PAUSED, code="interviews_paused", case_id=case.pk)
    milestone(viewer, case, "decision.recorded", bit=Compartment.CELL.bit, detail=str(code.label))
    decision_id = uuid7()
    decision = Decision(
        id=decision_id,
        cell_id=viewer.cell_id,
        meeting=meeting,
        item=item,
        case_id=case.pk,
        code=code,
        content=cipher_of(case).seal("meetings_decision", "content", decision_id, text),
        owner_unit=owner_unit,
        owner_agency=owner_agency,
        owner_name=owner_name,
        due_on=due_on,
        recorded_by=viewer.seat_id,
        recorded_name=viewer.display_name,
        recorded_agency=viewer.agency_name,
        created_at=now(),
    )
    Decision.objects.bulk_create([decision])
    record(
        events.DECIDED,
        viewer=viewer,
        case_id=case.pk,
        subject_id=decision.pk,
        decision_code=str(code),
        owner_unit=owner_unit,
        due_on=due_on,
    )
    enqueue(
        viewer,
        event_id=uuid7(),
        kind="decision.recorded",
        recipients=partners.recipients_for_units(viewer, {owner_unit}),
        subject_id=meeting.pk,
    )
    announce(viewer, f"case:{case.pk}", "changed")
    announce(viewer, f"meeting:{meeting.pk}", "decision.recorded", decision.pk)
    return decision


def _check_may(viewer: Viewer, meeting: Meeting, item: AgendaItem) -> None:
    if meeting.state != MeetingState.OPEN:
        raise WrongState(_("Les décisions s'enregistrent pendant la réunion."))
    level = my_level(meeting.pk, item.case_id) if item.case_id else 0
    if not policies.can_decide(viewer, meeting, level):
        raise NotAllowed(
            _("Le partage qui vous ouvre ce dossier ne permet que de lire."), case_id=item.case_id
        )


def _check_words(text: str, due_on: date) -> None:
    wrong = wrong_due_date(due_on)
    if not text.strip() or len(text) > LONGEST:
        wrong["text"] = [_("Écrivez la décision, en 2000 caractères au plus.")]
    if wrong:
        raise Invalid(fields=wrong)


def _owner(
    viewer: Viewer, meeting: Meeting, case_id: UUID, accession_id: UUID | None
) -> tuple[int, UUID | None, str]:
    """The unit, agency and name of who will carry it out: somebody at the table.

    Which other services have a share is told to coordination alone.
    """
    if accession_id is None:
        return partners.coordination_unit(viewer), None, ""
    owner = partners.partner(viewer, accession_id)
    at_table = owner is not None and owner.unit_id in units_at_table(meeting, case_id)
    if owner is not None and at_table:
        return owner.unit_id, owner.agency_id, owner.name
    if not viewer.has(*COORDINATION):
        elsewhere = _("Choisissez un service convié à ce point de la réunion.")
        raise Invalid(elsewhere, fields={"owner": [elsewhere]}, case_id=case_id)
    if owner is None or owner.unit_id not in units_with_scope(case_id):
        raise share_first(viewer, case_id, owner, "owner")
    absent = _("Ce service n'est pas convié à cette réunion : confiez-lui plutôt une mesure.")
    raise Invalid(absent, fields={"owner": [absent]}, case_id=case_id)
