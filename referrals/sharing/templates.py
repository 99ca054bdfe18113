"""What each kind of agency usually needs: ready-made proposals, the smallest scope first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from referrals.compartments import NOT_FOR_VICTIM_SUPPORT, Compartment, scope_of
from referrals.models.access import Level
from referrals.models.share import LegalBasis, Purpose

C = Compartment


@dataclass(frozen=True, slots=True)
class Template:
    """A proposal to begin from. Whoever proposes it may change all of it."""

    code: str
    label: object
    compartments: tuple[Compartment, ...]
    purpose: Purpose
    legal_basis: LegalBasis = LegalBasis.PROTOCOL
    level: Level = Level.READ
    days: int = 30
    include_future: bool = False

    @property
    def scope(self) -> int:
        """The compartments as a scope."""
        return scope_of(self.compartments)

    def until(self) -> date:
        """The last day of a share that begins today."""
        return timezone.localdate() + timedelta(days=self.days)

    def address_for(self, accession_id: object) -> str:
        """The address of the form that begins from it, for this agency."""
        return "?" + urlencode({"service": str(accession_id), "modele": self.code})

    def initial(self) -> dict[str, object]:
        """What the form says before anybody has changed it."""
        return {
            "level": self.level.value,
            "compartments": [part.code for part in self.compartments],
            "include_future": self.include_future,
            "purpose": self.purpose,
            "legal_basis": self.legal_basis,
            "until": self.until(),
        }


def _existence(purpose: Purpose) -> Template:
    return Template("existence", _("L'existence seule"), (), purpose, level=Level.STUB)


_LAW_ENFORCEMENT = (
    _existence(Purpose.INVESTIGATION),
    Template("facts", _("Les faits"), (C.FACTS,), Purpose.INVESTIGATION),
    Template(
        "people",
        _("Les faits et les élèves"),
        (C.IDENTITY_TARGET, C.IDENTITY_PRESUMED, C.FACTS),
        Purpose.INVESTIGATION,
    ),
    Template(
        "whole",
        _("Les faits, tous les élèves et les démarches"),
        (C.IDENTITY_TARGET, C.IDENTITY_PRESUMED, C.IDENTITY_WITNESS, C.FACTS, C.SCHOOL_STEPS),
        Purpose.INVESTIGATION,
        days=60,
    ),
)
_SECRECY = Template(
    "secrecy",
    _("Santé et social, entre personnes tenues au secret"),
    (C.IDENTITY_TARGET, C.HEALTH_SOCIAL),
    Purpose.EVALUATION,
    legal_basis=LegalBasis.SHARED_SECRECY,
    level=Level.CONTRIBUTE,
    include_future=True,
)
_CHILD_PROTECTION = (
    _existence(Purpose.EVALUATION),
    Template("child", _("L'élève cible"), (C.IDENTITY_TARGET,), Purpose.EVALUATION),
    Template(
        "facts",
        _("L'élève cible et les faits"),
        (C.IDENTITY_TARGET, C.FACTS),
        Purpose.EVALUATION,
    ),
    _SECRECY,
)
_TERRITORY = (
    _existence(Purpose.MEASURE),
    Template(
        "measure",
        _("Ce que la collectivité met en place"),
        (C.TERRITORIAL,),
        Purpose.MEASURE,
        level=Level.CONTRIBUTE,
        include_future=True,
    ),
    Template(
        "facts",
        _("Ce que la collectivité met en place et les faits"),
        (C.FACTS, C.TERRITORIAL),
        Purpose.MEASURE,
        level=Level.CONTRIBUTE,
        include_future=True,
    ),
)
_EDUCATION = (
    _existence(Purpose.PREVENTION),
    Template("facts", _("Les faits"), (C.FACTS,), Purpose.PROTECTION),
    Template(
        "steps",
        _("Les faits et les démarches de l'établissement"),
        (C.FACTS, C.SCHOOL_STEPS),
        Purpose.PROTECTION,
    ),
)
# The victim's side only, and with the family's agreement.
_VICTIM_SUPPORT = (
    _existence(Purpose.SUPPORT),
    Template(
        "child",
        _("L'élève cible"),
        (C.IDENTITY_TARGET,),
        Purpose.SUPPORT,
        legal_basis=LegalBasis.CONSENT,
    ),
    Template(
        "support",
        _("L'élève cible et le suivi de l'association"),
        (C.IDENTITY_TARGET, C.VICTIM_SUPPORT),
        Purpose.SUPPORT,
        legal_basis=LegalBasis.CONSENT,
        level=Level.CONTRIBUTE,
        include_future=True,
    ),
)
_OTHERS = (
    _existence(Purpose.PROTECTION),
    Template("facts", _("Les faits"), (C.FACTS,), Purpose.PROTECTION),
)
TEMPLATES: dict[str, tuple[Template, ...]] = {
    "gendarmerie": _LAW_ENFORCEMENT,
    "police": _LAW_ENFORCEMENT,
    "prosecutor": _LAW_ENFORCEMENT,
    "department": (*_CHILD_PROTECTION, *_TERRITORY[1:2]),
    "crip": _CHILD_PROTECTION,
    "health": _CHILD_PROTECTION,
    "region": _TERRITORY,
    "municipality": _TERRITORY,
    "rectorate": _EDUCATION,
    "dsden": _EDUCATION,
    "victim_support": _VICTIM_SUPPORT,
}


def templates_for(kind: str, shareable: int) -> list[Template]:
    """The proposals for a kind of agency that hold only what may be shared, smallest first."""
    found = TEMPLATES.get(kind, _OTHERS)
    return [template for template in found if not template.scope & ~shareable]


def chosen_template(templates: list[Template], code: str) -> Template:
    """The one that was asked for, or the smallest that shows anything of the case."""
    asked = [template for template in templates if template.code == code]
    return (asked or [t for t in templates if t.scope] or templates)[0]


def scope_for(kind: str, shareable: int) -> int:
    """The compartments that an agency of this kind may ever be offered."""
    if kind == "victim_support":
        return shareable & ~NOT_FOR_VICTIM_SUPPORT
    return shareable
