"""The demo's cases, one at each step of the path."""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from agencies.demo.seating import seated
from kernel.scope import acting_as
from kernel.viewer import Viewer
from referrals import partners
from referrals.casefile.cases import visible_case
from referrals.casefile.selectors import count_in
from referrals.casework.services.add_measure import add_measure
from referrals.compartments import Compartment
from referrals.demo.pupils import stories
from referrals.follow_up.services.give_feedback import give_feedback
from referrals.intake.escalation import Escalation
from referrals.intake.services.acknowledge import acknowledge
from referrals.intake.services.activate import activate
from referrals.intake.services.start_draft import start_draft
from referrals.intake.services.submit import submit
from referrals.intake.services.triage import triage
from referrals.models.case import Urgency
from referrals.models.history import FeedbackCode, MeasureKind
from referrals.models.share import LegalBasis, Purpose
from referrals.sharing.services import answer
from referrals.sharing.services.propose import propose

PARTS = (Compartment.FACTS, Compartment.IDENTITY_TARGET, Compartment.IDENTITY_PRESUMED)


def load_cases() -> int:
    """Write the demo's cases unless there are any; returns how many were written."""
    told = stories()
    with (
        seated("pilote@college-des-tilleuls.exemple") as college,
        seated("pilote@lycee-du-grand-cedre.exemple") as lycee,
        seated("coordination@dsden80.exemple") as coordination,
        seated("parquet@parquet80.exemple") as prosecutor,
        seated("gendarmerie@gendarmerie80.exemple") as gendarme,
    ):
        with acting_as(coordination) as viewer:
            if count_in(viewer, "all"):
                return 0
        running = _send(college, told["yard"])
        _assess(coordination, running, 2, Urgency.HIGH)
        _activate(prosecutor, running)
        _run(coordination, gendarme, running)
        offered = _send(college, told["transport"])
        _assess(coordination, offered, 1, Urgency.STANDARD)
        _activate(prosecutor, offered)
        _offer(coordination, offered, "gendarmerie")
        assessed = _send(college, told["online"])
        _assess(coordination, assessed, 2, Urgency.HIGH)
        _send(lycee, told["danger"])
    with seated("pilote@college-du-belvedere.exemple") as elsewhere:
        _send(elsewhere, told["online"])
    return 5


def _send(school: Viewer, story: Escalation) -> UUID:
    with acting_as(school) as viewer:
        case_id = start_draft(viewer)
        submit(viewer, case_id, story)
    return case_id


def _assess(coordination: Viewer, case_id: UUID, gravity: int, urgency: Urgency) -> None:
    with acting_as(coordination) as viewer:
        acknowledge(viewer, case_id)
        triage(viewer, case_id, gravity=gravity, urgency=urgency)


def _activate(prosecutor: Viewer, case_id: UUID) -> None:
    with acting_as(prosecutor) as viewer:
        activate(viewer, case_id)


def _offer(coordination: Viewer, case_id: UUID, kind: str) -> UUID:
    with acting_as(coordination) as viewer:
        partner = next(p for p in partners.partners_to_share_with(viewer) if p.kind == kind)
        return propose(
            viewer,
            case_id,
            to_accession=partner.accession_id,
            compartments=PARTS,
            purpose=Purpose.INVESTIGATION,
            legal_basis=LegalBasis.PROTOCOL,
        ).pk


def _run(coordination: Viewer, gendarme: Viewer, case_id: UUID) -> None:
    """A case under way: shared, with two measures and a first answer to the school."""
    share_id = _offer(coordination, case_id, "gendarmerie")
    with acting_as(gendarme) as viewer:
        answer.accept(viewer, share_id)
    with acting_as(coordination) as viewer:
        soon = timezone.localdate() + timedelta(days=7)
        school = partners.partners_by_units(viewer, {visible_case(viewer, case_id).owner_unit})[0]
        police = next(p for p in partners.partners_to_share_with(viewer) if p.kind == "gendarmerie")
        for kind, owner, note in (
            (MeasureKind.TRUSTED_ADULT, school, "La conseillère principale d'éducation."),
            (MeasureKind.PREVENTION, police, "Séance avec les classes de 4e et de 5e."),
        ):
            add_measure(
                viewer,
                case_id,
                kind=kind,
                owner_accession=owner.accession_id,
                due_on=soon,
                note=note,
            )
        give_feedback(viewer, case_id, code=FeedbackCode.TAKEN, next_check_on=soon)
