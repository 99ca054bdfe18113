"""What one pupil may be given of a case: that person's own data, and nobody else's.

What others wrote is left out whole: no rule tells apart whom a sentence is about. So is what is
about several pupils at once, what could harm an investigation, and whatever is said of others. The
file always says so in the same words, which therefore tell nothing of the case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from kernel.paper.pages import Section
from referrals.casefile.selectors import CaseFile, PartyLine
from referrals.casefile.services.reveal import Identity
from referrals.compartments import Compartment, scope_of
from referrals.exporting.sections import ROLE, Columns, section, text
from referrals.exporting.sections import day as _day
from referrals.exporting.sections import one_of as _one_of
from referrals.intake.escalation import FactKind, ParentsInformed, Place, StepTaken
from referrals.models.case import Outcome
from referrals.models.content import PartyRole
from referrals.models.share import LegalBasis, Purpose, ShareState
from referrals.states import ENDS

LEFT_OUT: Final = (
    _("Les noms, les initiales et les données de toute autre personne."),
    _("Les récits, notes et documents : d'autres personnes peuvent y être citées."),
    _("Les faits et les démarches qui ne concernent pas cette personne seule."),
    _("Ce dont la mention pourrait nuire à une enquête, et les suites judiciaires."),
    _("Les autres dossiers où cette personne figurerait : chacun a son propre export."),
)
OF_ROLE: Final = {
    PartyRole.TARGET: Compartment.IDENTITY_TARGET,
    PartyRole.PRESUMED: Compartment.IDENTITY_PRESUMED,
    PartyRole.WITNESS: Compartment.IDENTITY_WITNESS,
}
STEPS: Final[Mapping[str, frozenset[str]]] = {
    PartyRole.TARGET: frozenset(
        {StepTaken.TARGET_INTERVIEW, StepTaken.PARENTS_INTERVIEW, StepTaken.PROTECTION}
    ),
    PartyRole.PRESUMED: frozenset({StepTaken.SHARED_CONCERN, StepTaken.DISCIPLINARY}),
    PartyRole.WITNESS: frozenset({StepTaken.WITNESS_INTERVIEW}),
}
"""Which steps of a school are about whom. A report to the prosecutor is nobody's to be told of."""
TOLD_OF_OUTCOME: Final = frozenset(
    {
        Outcome.BULLYING_STOPPED,
        Outcome.IMPROVED,
        Outcome.UNRESOLVED,
        Outcome.FAMILY_WITHDREW,
        Outcome.LEFT_SCHOOL_VICTIM,
    }
)
"""Outcomes that are about the target. The others are about somebody else, or about a procedure."""
INVESTIGATES: Final = frozenset({"prosecutor", "police", "gendarmerie"})
"""Kinds of agency."""


def scope_of_person(role: str) -> int:
    """The parts of a case that a person's export is made from."""
    return scope_of([OF_ROLE[PartyRole(role)], Compartment.FACTS, Compartment.SCHOOL_STEPS])


def person_data(opened: CaseFile, party: PartyLine, identity: Identity) -> dict[str, Any]:
    """One pupil's own data, key by key: nothing is here that is not named here."""
    alone = sum(other.role == party.role for other in opened.parties) == 1
    case = opened.case
    about_target = party.role == PartyRole.TARGET
    outcome = case.outcome if about_target and case.outcome in TOLD_OF_OUTCOME else ""
    return {
        "role": party.role,
        "family_name": identity.family_name,
        "given_name": identity.given_name,
        "birth_date": identity.birth_date,
        "class_group": identity.class_group,
        "reference": case.reference,
        "school": case.school_name,
        "commune": case.school_commune,
        "submitted_at": case.submitted_at,
        "followed": case.state not in ENDS,
        "outcome": outcome if alone else "",
        "facts": _facts(opened, party) if alone else [],
        "steps": _steps(opened, party) if alone else [],
        **(_parents(opened) if alone and about_target else {}),
        "recipients": _recipients(opened, party),
    }


def _facts(opened: CaseFile, party: PartyLine) -> list[dict[str, Any]]:
    """What happened, in codes and dates. A witness is no part of it."""
    if party.role == PartyRole.WITNESS:
        return []
    kept = ("kind", "place", "began_on", "ended_on")
    found = opened.contents.get("facts", {}).get("facts", [])
    return [{key: fact.get(key) for key in kept} for fact in found]


def _steps(opened: CaseFile, party: PartyLine) -> list[str]:
    taken = opened.contents.get("school_steps", {}).get("taken", [])
    return [code for code in taken if code in STEPS[party.role]]


def _parents(opened: CaseFile) -> dict[str, Any]:
    """Whether the parents of the target were told, and when."""
    steps = opened.contents.get("school_steps", {})
    return {key: steps.get(key) for key in ("parents_informed", "parents_informed_on")}


def _recipients(opened: CaseFile, party: PartyLine) -> list[dict[str, Any]]:
    """Agencies to which this pupil's identity was opened, but those that investigate."""
    mine = OF_ROLE[PartyRole(party.role)].mask
    return [
        {
            "agency": share.to_agency_name,
            "purpose": share.purpose,
            "legal_basis": share.legal_basis,
            "since": share.decided_at,
            "until": share.ended_at or share.expires_at,
        }
        for share in opened.shares
        if share.scope & mine
        and share.decided_at is not None
        and share.state != ShareState.REFUSED
        and share.purpose != Purpose.INVESTIGATION
        and share.legal_basis != LegalBasis.PROSECUTOR_REPORT
        and share.to_agency_kind not in INVESTIGATES
    ]


_PERSON: Columns = {
    "role": ROLE,
    "family_name": (_("Nom"), text),
    "given_name": (_("Prénom"), text),
    "birth_date": (_("Date de naissance"), _day),
    "class_group": (_("Classe"), text),
    "reference": (_("Référence du dossier"), text),
    "school": (_("Établissement"), text),
    "commune": (_("Commune"), text),
    "submitted_at": (_("Saisine reçue le"), text),
    "followed": (_("Dossier encore suivi"), text),
    "outcome": (_("Issue"), _one_of(Outcome)),
    "parents_informed": (_("Parents informés"), _one_of(ParentsInformed)),
    "parents_informed_on": (_("Parents informés le"), _day),
}
_LISTS: dict[str, tuple[object, Columns]] = {
    "facts": (
        _("Faits qui vous concernent"),
        {
            "kind": (_("Nature"), _one_of(FactKind)),
            "place": (_("Lieu"), _one_of(Place)),
            "began_on": (_("Depuis le"), _day),
            "ended_on": (_("Jusqu'au"), _day),
        },
    ),
    "steps": (_("Démarches de l'établissement"), {"step": (_("Déjà fait"), _one_of(StepTaken))}),
    "recipients": (
        _("Services qui ont reçu votre identité"),
        {
            "agency": (_("Service"), text),
            "purpose": (_("Pourquoi"), _one_of(Purpose)),
            "legal_basis": (_("Au titre de"), _one_of(LegalBasis)),
            "since": (_("Depuis le"), text),
            "until": (_("Jusqu'au"), text),
        },
    ),
}


def sections_of_person(data: Mapping[str, Any]) -> list[Section]:
    """The same in words."""
    rows = {code: data.get(code, []) for code in _LISTS}
    rows["steps"] = [{"step": code} for code in rows["steps"]]
    found = [section("personne", _("Personne"), _PERSON, [data])]
    return found + [
        section(code, title, columns, rows[code])
        for code, (title, columns) in _LISTS.items()
        if rows[code]
    ]
