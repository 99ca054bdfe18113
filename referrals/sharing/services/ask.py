"""A partner asks about a case that it knows of: to see more, or to be told something."""

from collections.abc import Collection
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit.recorder import record
from kernel.clock import now
from kernel.errors import Invalid, NotAllowed, NotFound, WrongState
from kernel.ids import uuid7
from kernel.outbox import enqueue
from kernel.viewer import Viewer
from referrals import compartments as parts
from referrals import events, partners, policies
from referrals.casefile.cases import (
    ENDED,
    cipher_of,
    hold_case,
    milestone,
    tell_live,
    visible_case,
)
from referrals.compartments import Compartment, compartments_in, scope_of
from referrals.models import Case, PartnerRequest
from referrals.models.access import Level
from referrals.models.request import RequestKind, RequestState
from referrals.models.share import Purpose
from referrals.sharing.requests import TABLE, asking_unit, may_read, shared_scope
from referrals.states import ENDS

LONGEST = 2000


def askable(viewer: Viewer, scope: int) -> int:
    """The compartments that this viewer's agency can ask to see: shareable, and not yet open.

    What is under professional secrecy is nobody's to ask for: those bound by it may share it.
    """
    wanted = parts.SHAREABLE_BY_COORDINATION & ~scope
    if viewer.agency_kind == "victim_support":
        wanted &= ~parts.NOT_FOR_VICTIM_SUPPORT
    return wanted


def ask_access(
    viewer: Viewer,
    case_id: UUID,
    *,
    compartments: Collection[Compartment],
    purpose: Purpose,
    level: Level = Level.READ,
    why: str = "",
) -> PartnerRequest:
    """Ask to see these parts. Nothing opens: coordination answers for each, by a share to accept.

    Raises Invalid for parts that are open already or can never be, WrongState while another such
    request waits.
    """
    case = _case(viewer, case_id)
    scope = scope_of(compartments)
    if not scope or scope & ~askable(viewer, shared_scope(viewer, case)):
        raise Invalid(fields={"compartments": [_("Choisissez parmi les parties proposées.")]})
    if level not in (Level.READ, Level.COMMENT, Level.CONTRIBUTE):
        raise Invalid(fields={"level": [_("Choisissez ce que vous voulez pouvoir faire.")]})
    return _ask(viewer, case, RequestKind.ACCESS, scope, purpose, level, why)


def ask_information(
    viewer: Viewer,
    case_id: UUID,
    *,
    compartments: Collection[Compartment],
    question: str,
    purpose: Purpose = Purpose.PROTECTION,
) -> PartnerRequest:
    """Ask something about parts that are shared. The answer stays between the two agencies.

    All of the agency reads it, for as long as it sees those parts: so never about what is under
    professional secrecy, nor about what one person has opened in an emergency.
    """
    case = _case(viewer, case_id)
    scope = scope_of(compartments)
    if not scope or scope & (parts.SECRET | ~shared_scope(viewer, case)):
        raise Invalid(fields={"compartments": [_("Choisissez parmi les parties proposées.")]})
    if not question.strip():
        raise Invalid(fields={"question": [_("Écrivez votre question.")]})
    return _ask(viewer, case, RequestKind.INFORMATION, scope, purpose, Level.READ, question)


def withdraw(viewer: Viewer, request_id: UUID) -> PartnerRequest:
    """Take back a request that nobody has answered."""
    row = held_request(viewer, request_id)
    if row.from_unit not in viewer.units:
        raise NotAllowed(case_id=row.case_id)
    if row.state != RequestState.OPEN:
        raise WrongState(CLOSED, case_id=row.case_id)
    before = row.state
    row.state, row.version = RequestState.WITHDRAWN, row.version + 1
    row.save(update_fields=["state", "version"])
    record(
        events.REQUEST_WITHDRAWN,
        viewer=viewer,
        case_id=row.case_id,
        subject_id=row.pk,
        request=row.pk,
        before=before,
        after=row.state,
    )
    tell_live(viewer, visible_case(viewer, row.case_id))
    return row


CLOSED = _("Cette demande n'attend plus de réponse.")


def held_request(viewer: Viewer, request_id: UUID) -> PartnerRequest:
    """A request of either side, locked after its case. Raises NotFound."""
    row = PartnerRequest.objects.filter(pk=request_id, cell_id=viewer.cell_id).first()
    if row is None or not may_read(viewer, row):
        raise NotFound
    hold_case(visible_case(viewer, row.case_id))
    return PartnerRequest.objects.select_for_update(of=["self"]).get(pk=row.pk)


def _case(viewer: Viewer, case_id: UUID) -> Case:
    case = visible_case(viewer, case_id)
    if not policies.can_ask(viewer, case):
        raise NotAllowed(case_id=case_id)
    if hold_case(case) in ENDS:
        raise WrongState(ENDED, case_id=case_id)
    return case


def _ask(
    viewer: Viewer,
    case: Case,
    kind: RequestKind,
    scope: int,
    purpose: Purpose,
    level: Level,
    question: str,
) -> PartnerRequest:
    if len(question) > LONGEST:
        raise Invalid(fields={"question": [_("Ce texte est trop long.")]})
    unit = asking_unit(viewer, case)
    if unit is None:
        raise NotAllowed(case_id=case.pk)
    waiting = PartnerRequest.objects.filter(
        case=case, from_unit=unit, kind=kind, state=RequestState.OPEN
    )
    if waiting.exists():
        raise WrongState(
            _("Une demande de votre service attend déjà une réponse : retirez-la d'abord."),
            case_id=case.pk,
        )
    row_id, moment, cipher = uuid7(), now(), cipher_of(case)
    row = PartnerRequest(
        id=row_id,
        cell_id=case.cell_id,
        case=case,
        kind=kind,
        from_unit=unit,
        scope=scope,
        level=level,
        purpose=purpose,
        question=cipher.seal(TABLE, "question", row_id, question),
        answers=cipher.seal(TABLE, "answers", row_id, "{}"),
        asked_by=viewer.seat_id,
        asked_at=moment,
        lapses_at=moment,
    )
    PartnerRequest.objects.bulk_create([row])
    milestone(viewer, case, "request.made", bit=Compartment.CELL.bit, detail=viewer.agency_name)
    record(
        events.REQUEST_MADE,
        viewer=viewer,
        case_id=case.pk,
        subject_id=row.pk,
        request_kind=str(kind),
        compartments=[part.code for part in compartments_in(scope)],
        before=None,
        after=row.state,
    )
    coordination = partners.coordination_unit(viewer)
    enqueue(
        viewer,
        event_id=uuid7(),
        kind="request.made",
        recipients=partners.recipients_for_units(viewer, {coordination}),
        subject_id=case.pk,
    )
    tell_live(viewer, case)
    return row
