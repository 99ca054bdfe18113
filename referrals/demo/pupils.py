"""Invented pupils and facts. The names are of trees, so that nobody is meant."""

from datetime import date, timedelta

from django.utils import timezone

from referrals.intake.escalation import (
    Escalation,
    FactInput,
    FactKind,
    ParentsInformed,
    PartyInput,
    Place,
    Source,
    StepsInput,
    StepTaken,
)
from referrals.models.content import PartyRole


def days_ago(days: int) -> date:
    """A date some days back, so that the demo never looks old."""
    return timezone.localdate() - timedelta(days=days)


def _party(role: PartyRole, family: str, given: str, age: int, group: str) -> PartyInput:
    return PartyInput(role, family, given, days_ago(age * 365 + 40), group)


def _story(
    parties: tuple[PartyInput, ...],
    kind: FactKind,
    place: Place,
    narrative: str,
    *,
    danger: bool = False,
) -> Escalation:
    return Escalation(
        danger=danger,
        parties=parties,
        facts=(
            FactInput(kind, place, days_ago(30), days_ago(2), Source.TOLD_BY_TARGET, narrative),
        ),
        steps=StepsInput(
            taken=(StepTaken.TARGET_INTERVIEW, StepTaken.PARENTS_INTERVIEW, StepTaken.PROTECTION),
            narrative="L'équipe ressource a reçu l'élève deux fois. Un adulte référent est nommé.",
            incident_reference="",
            incident_level=2,
            parents_informed=ParentsInformed.YES,
            parents_informed_on=days_ago(5),
            rights_notice_given=True,
        ),
    )


TARGET, PRESUMED, WITNESS = PartyRole.TARGET, PartyRole.PRESUMED, PartyRole.WITNESS


def stories() -> dict[str, Escalation]:
    """One referral per situation."""
    return {
        "yard": _story(
            (
                _party(TARGET, "Aubépine", "Line", 12, "5e B"),
                _party(PRESUMED, "Charme", "Elio", 13, "4e A"),
                _party(PRESUMED, "Troène", "Maé", 13, "4e A"),
                _party(WITNESS, "Sorbier", "Isée", 12, "5e B"),
            ),
            FactKind.EXCLUSION,
            Place.YARD,
            "Depuis la rentrée, un groupe empêche l'élève de s'asseoir avec les autres à la "
            "récréation et se moque de sa voix. Elle ne déjeune plus à la cantine.",
        ),
        "online": _story(
            (
                _party(TARGET, "Alisier", "Noam", 14, "3e C"),
                PartyInput(PRESUMED, "", "", None, ""),
            ),
            FactKind.CYBER,
            Place.ONLINE,
            "Un compte anonyme publie chaque soir des montages qui le visent. Plusieurs élèves de "
            "la classe les partagent. Les liens sont notés, rien n'a été copié.",
        ),
        "danger": _story(
            (
                _party(TARGET, "Cornouiller", "Swann", 16, "2de 4"),
                _party(PRESUMED, "Fusain", "Gaël", 17, "1re 2"),
            ),
            FactKind.PHYSICAL,
            Place.GATE,
            "Coups à la sortie du lycée lundi et jeudi, avec menace de recommencer. L'élève dit ne "
            "plus vouloir vivre. L'infirmière l'a reçu, les parents sont auprès de lui.",
            danger=True,
        ),
        "transport": _story(
            (
                _party(TARGET, "Églantier", "Yuna", 13, "4e B"),
                _party(PRESUMED, "Nerprun", "Tao", 14, "3e A"),
            ),
            FactKind.THEFT,
            Place.TRANSPORT,
            "Son argent et ses affaires lui sont pris dans le car scolaire, deux fois par semaine.",
        ),
    }
