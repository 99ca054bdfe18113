"""A referral as the page's form and the API's body send it."""

from datetime import date
from typing import Any

from tests.support.world import an_escalation, in_days


def form_of(mark: str = "") -> dict[str, Any]:
    """Every field of the escalation form, filled in."""
    return {
        "danger": "no",
        "taken": ["target_interview", "parents_interview"],
        "steps_narrative": f"Deux entretiens {mark}",
        "incident_reference": "FE-1234",
        "incident_level": "2",
        "parents_informed": "yes",
        "parents_informed_on": in_days(-3).isoformat(),
        "rights_notice_given": "on",
        "targets-TOTAL_FORMS": "1",
        "targets-INITIAL_FORMS": "0",
        "targets-0-family_name": f"Cible{mark}",
        "targets-0-given_name": f"Alba{mark}",
        "targets-0-birth_date": "2013-04-05",
        "targets-0-class_group": "5e B",
        "presumed-TOTAL_FORMS": "0",
        "presumed-INITIAL_FORMS": "0",
        "witnesses-TOTAL_FORMS": "0",
        "witnesses-INITIAL_FORMS": "0",
        "facts-TOTAL_FORMS": "1",
        "facts-INITIAL_FORMS": "0",
        "facts-0-kind": "verbal",
        "facts-0-place": "yard",
        "facts-0-began_on": in_days(-20).isoformat(),
        "facts-0-source": "told_by_target",
        "facts-0-narrative": f"Insultes répétées {mark}",
    }


def body_of(mark: str = "") -> dict[str, Any]:
    """The same referral as JSON."""
    said = an_escalation(mark=mark)
    return {
        "danger": said.danger,
        "parties": [
            {
                "role": party.role.value,
                "family_name": party.family_name,
                "given_name": party.given_name,
                "birth_date": _day(party.birth_date),
                "class_group": party.class_group,
            }
            for party in said.parties
        ],
        "facts": [
            {
                "kind": fact.kind.value,
                "place": fact.place.value,
                "began_on": _day(fact.began_on),
                "ended_on": _day(fact.ended_on),
                "source": fact.source.value,
                "narrative": fact.narrative,
            }
            for fact in said.facts
        ],
        "steps": {
            "taken": [step.value for step in said.steps.taken],
            "narrative": said.steps.narrative,
            "incident_reference": said.steps.incident_reference,
            "incident_level": said.steps.incident_level,
            "parents_informed": said.steps.parents_informed.value,
            "parents_informed_on": _day(said.steps.parents_informed_on),
            "rights_notice_given": said.steps.rights_notice_given,
        },
    }


def _day(value: date | None) -> str | None:
    return value.isoformat() if value else None
