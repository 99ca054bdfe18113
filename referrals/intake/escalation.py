"""What a school sends: the parties kept apart, the facts, and what was already done.

The same value comes out of the page's form and of the API's body.
"""

from dataclasses import asdict, dataclass
from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from referrals.models.content import PartyRole


class FactKind(models.TextChoices):
    VERBAL = "verbal", _("Insultes, moqueries, menaces")
    PHYSICAL = "physical", _("Coups, bousculades")
    EXCLUSION = "exclusion", _("Mise à l'écart, rumeurs")
    CYBER = "cyber", _("En ligne, par téléphone")
    SEXUAL = "sexual", _("À caractère sexuel")
    THEFT = "theft", _("Vol, racket, dégradation")
    DISCRIMINATORY = "discriminatory", _("À caractère discriminatoire")
    OTHER = "other", _("Autres faits")


class Place(models.TextChoices):
    CLASSROOM = "classroom", _("Classe")
    YARD = "yard", _("Cour, couloirs, toilettes")
    CANTEEN = "canteen", _("Cantine")
    BOARDING = "boarding", _("Internat")
    TRANSPORT = "transport", _("Transports")
    GATE = "gate", _("Abords de l'établissement")
    ONLINE = "online", _("En ligne")
    HOME = "home", _("Domicile")
    ELSEWHERE = "elsewhere", _("Ailleurs")


class Source(models.TextChoices):
    SEEN = "seen", _("Vu par un adulte")
    TOLD_BY_TARGET = "told_by_target", _("Rapporté par l'élève cible")
    TOLD_BY_WITNESS = "told_by_witness", _("Rapporté par un témoin")
    TOLD_BY_FAMILY = "told_by_family", _("Rapporté par la famille")
    HEARSAY = "hearsay", _("Entendu dire")


class StepTaken(models.TextChoices):
    TARGET_INTERVIEW = "target_interview", _("Entretien avec l'élève cible")
    PARENTS_INTERVIEW = "parents_interview", _("Entretien avec ses parents")
    WITNESS_INTERVIEW = "witness_interview", _("Entretien avec des témoins")
    SHARED_CONCERN = "shared_concern", _("Méthode de préoccupation partagée")
    PROTECTION = "protection", _("Mesure de protection (adulte référent, vigilance)")
    DISCIPLINARY = "disciplinary", _("Procédure disciplinaire ouverte")
    DEPARTMENTAL_TEAM = "departmental_team", _("Appel à l'équipe départementale")
    PROSECUTOR_REPORT = "prosecutor_report", _("Signalement au procureur")


class ParentsInformed(models.TextChoices):
    YES = "yes", _("Oui")
    NO_CHILD_INTEREST = "no_child_interest", _("Non, ce serait contraire à l'intérêt de l'enfant")
    NO_NOT_REACHED = "no_not_reached", _("Non, ils n'ont pas pu être joints")
    NO_METHOD = "no_method", _("Non, la méthode en cours ne le prévoit pas encore")


@dataclass(frozen=True, slots=True)
class PartyInput:
    """One pupil in one role. ``family_name`` may be empty for an unknown presumed author."""

    role: PartyRole
    family_name: str
    given_name: str
    birth_date: date | None
    class_group: str

    def initials(self) -> str:
        """What is shown instead of the name."""
        letters = [part[:1].upper() for part in (self.given_name, self.family_name) if part]
        return ".".join(letters) + "." if letters else "?"


@dataclass(frozen=True, slots=True)
class FactInput:
    """What happened, kept apart from what is thought of it, with where the knowledge comes from."""

    kind: FactKind
    place: Place
    began_on: date
    ended_on: date | None
    source: Source
    narrative: str

    def as_json(self) -> dict[str, object]:
        """A JSON object with ISO dates."""
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in asdict(self).items()
        }


@dataclass(frozen=True, slots=True)
class StepsInput:
    """What the school has already done and whom it has told."""

    taken: tuple[StepTaken, ...]
    narrative: str
    incident_reference: str
    incident_level: int | None
    parents_informed: ParentsInformed
    parents_informed_on: date | None
    rights_notice_given: bool


@dataclass(frozen=True, slots=True)
class Escalation:
    """A whole referral as a school sends it: at least one target and one fact."""

    danger: bool
    parties: tuple[PartyInput, ...]
    facts: tuple[FactInput, ...]
    steps: StepsInput
