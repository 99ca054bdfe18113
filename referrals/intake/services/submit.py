"""Send a referral to the cell."""

import json
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from agencies.rules import rules_of
from audit.recorder import record
from kernel.clock import now
from kernel.crypto.blind import normalised_name
from kernel.crypto.cases import CaseCipher
from kernel.errors import Invalid
from kernel.ids import uuid7
from kernel.outbox import enqueue
from kernel.viewer import Viewer
from referrals import events, partners
from referrals.casefile.cases import cipher_of, milestone, take_step, tell_live
from referrals.compartments import Compartment
from referrals.intake.escalation import Escalation, ParentsInformed, PartyInput
from referrals.intake.services.save_draft import locked_draft
from referrals.marks import born_mark, full_mark, name_mark
from referrals.models import Case, CompartmentContent, Party
from referrals.models.content import PartyRole

IDENTITY_OF = {
    PartyRole.TARGET: Compartment.IDENTITY_TARGET,
    PartyRole.PRESUMED: Compartment.IDENTITY_PRESUMED,
    PartyRole.WITNESS: Compartment.IDENTITY_WITNESS,
}


def submit(viewer: Viewer, case_id: UUID, escalation: Escalation) -> Case:
    """Send the draft: compartments, parties, reference, acknowledgement, all or nothing.

    The reference is the school's proof that it arrived. Coordination sees the case from here on,
    and the prosecutor's office when the cell's rules report the referral at once. When nobody
    coordinates the cell, its administration is told. Raises Invalid without a target or a fact.
    """
    case, draft = locked_draft(viewer, case_id)
    _require(escalation)
    cipher = cipher_of(case)
    _store_parties(case, cipher, escalation)
    _store_compartments(case, cipher, escalation)
    draft.delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT referrals.next_reference()")
        reference: str = cursor.fetchone()[0]
    prosecutor_unit = None
    if rules_of(viewer.cell_id).goes_to_prosecutor(danger=escalation.danger):
        prosecutor_unit = partners.prosecutor_unit_for(viewer, case.school_id)
    take_step(
        viewer,
        case,
        "submit",
        facts={
            "danger": escalation.danger,
            "parties": len(escalation.parties),
            "incidents": len(escalation.facts),
        },
        reference=reference,
        danger=escalation.danger,
        urgency="immediate" if escalation.danger else "",
        prosecutor_unit=prosecutor_unit,
        submitted_at=now(),
    )
    milestone(viewer, case, "referral.submitted")
    coordination = partners.coordination_unit(viewer)
    units = {unit for unit in (coordination, prosecutor_unit, case.owner_unit) if unit}
    told = {coordination} | ({prosecutor_unit} if escalation.danger and prosecutor_unit else set())
    enqueue(
        viewer,
        event_id=uuid7(),
        kind="referral.submitted",
        recipients=partners.recipients_for_units(viewer, told),
        subject_id=case.pk,
    )
    if not partners.somebody_holds(viewer, coordination):
        _tell_administration(viewer, case)
    tell_live(viewer, case, units)
    return case


def _tell_administration(viewer: Viewer, case: Case) -> None:
    """Nobody will read the referral: whoever can change that is told, and nothing of the case."""
    record(events.UNHEARD, viewer=viewer, case_id=case.pk)
    enqueue(
        viewer,
        event_id=uuid7(),
        kind="cell.unheard",
        recipients=partners.administrators(viewer),
        subject_id=None,
    )


def party_mark(cell_id: int, party: PartyInput) -> bytes | None:
    """The blind index of a party's full name and birth date, or None when one is missing."""
    if not _both_names(party) or party.birth_date is None:
        return None
    return full_mark(cell_id, party.family_name, party.given_name, party.birth_date)


def _name_mark(cell_id: int, party: PartyInput) -> bytes | None:
    if not _both_names(party):
        return None
    return name_mark(cell_id, party.family_name, party.given_name)


def _born_mark(cell_id: int, party: PartyInput) -> bytes | None:
    if not normalised_name(party.family_name) or party.birth_date is None:
        return None
    return born_mark(cell_id, party.family_name, party.birth_date)


def _both_names(party: PartyInput) -> bool:
    return all(map(normalised_name, (party.family_name, party.given_name)))


def _require(escalation: Escalation) -> None:
    """What a referral cannot be without, whichever door it came through."""
    wrong: dict[str, list[object]] = {}
    if not any(party.role == PartyRole.TARGET for party in escalation.parties):
        wrong["targets"] = [_("Indiquez au moins un élève cible.")]
    named = [party for party in escalation.parties if party.role != PartyRole.PRESUMED]
    if not all(party.family_name and party.given_name for party in named):
        wrong["parties"] = [_("Indiquez le nom et le prénom : seul un auteur peut être inconnu.")]
    if not escalation.facts:
        wrong["facts"] = [_("Décrivez au moins un fait.")]
    if any(fact.ended_on and fact.ended_on < fact.began_on for fact in escalation.facts):
        wrong["facts"] = [_("La fin des faits vient après leur début.")]
    steps = escalation.steps
    if steps.parents_informed == ParentsInformed.YES and steps.parents_informed_on is None:
        wrong["parents_informed_on"] = [_("Indiquez la date.")]
    if not steps.rights_notice_given:
        wrong["rights_notice_given"] = [_("Confirmez que l'information a été donnée.")]
    if wrong:
        raise Invalid(fields=wrong)


def _store_parties(case: Case, cipher: CaseCipher, escalation: Escalation) -> None:
    rows: list[Party] = []
    numbers = dict.fromkeys(PartyRole, 0)
    for party in escalation.parties:
        numbers[party.role] += 1
        row_id = uuid7()
        identity = {
            "family_name": party.family_name,
            "given_name": party.given_name,
            "birth_date": party.birth_date.isoformat() if party.birth_date else None,
            "class_group": party.class_group,
        }
        label = f"{party.initials()} ({numbers[party.role]})"
        rows.append(
            Party(
                id=row_id,
                cell_id=case.cell_id,
                case=case,
                role=party.role,
                number=numbers[party.role],
                bit=IDENTITY_OF[party.role].bit,
                label=cipher.seal("referrals_party", "label", row_id, label),
                identity=cipher.seal("referrals_party", "identity", row_id, json.dumps(identity)),
                blind=party_mark(case.cell_id, party),
                blind_name=_name_mark(case.cell_id, party),
                blind_born=_born_mark(case.cell_id, party),
                created_at=now(),
            )
        )
    Party.objects.bulk_create(rows)


def _store_compartments(case: Case, cipher: CaseCipher, escalation: Escalation) -> None:
    steps = escalation.steps
    contents = {
        Compartment.FACTS: {"facts": [fact.as_json() for fact in escalation.facts]},
        Compartment.SCHOOL_STEPS: {
            "taken": list(steps.taken),
            "narrative": steps.narrative,
            "incident_reference": steps.incident_reference,
            "incident_level": steps.incident_level,
            "parents_informed": steps.parents_informed,
            "parents_informed_on": steps.parents_informed_on.isoformat()
            if steps.parents_informed_on
            else None,
        },
    }
    rows = []
    for compartment, content in contents.items():
        row_id = uuid7()
        rows.append(
            CompartmentContent(
                id=row_id,
                cell_id=case.cell_id,
                case=case,
                bit=compartment.bit,
                content=cipher.seal(
                    "referrals_compartment",
                    "content",
                    row_id,
                    json.dumps(content, ensure_ascii=False),
                ),
                created_at=now(),
                updated_at=now(),
            )
        )
    CompartmentContent.objects.bulk_create(rows)
