"""The rules that a cell has given itself within what the law allows.

Every period has a default and a highest value. Where a text gives the highest value, ``BOUNDS``
names it; where none does, the bound only keeps a typing error from becoming a rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.ids import uuid7


class Activation(models.TextChoices):
    """Who may activate the cell on a case."""

    PROSECUTOR = "prosecutor", _("Le procureur ou un substitut seulement")
    DELEGATE = "delegate", _("Le procureur, un substitut ou un délégué du procureur")


class Reporting(models.TextChoices):
    """Which referrals go to the prosecutor without anybody having to decide it."""

    ALL = "all", _("Toutes les saisines, dès leur arrivée")
    ASSESSED = "assessed", _("En danger immédiat dès l'arrivée, les autres une fois évaluées")
    SERIOUS = "serious", _("En danger immédiat dès l'arrivée, ou évaluées à une gravité de 2 ou 3")


class Pace(models.TextChoices):
    """The urgencies of a case, as the rules speak of them."""

    IMMEDIATE = "immediate", _("Immédiate (en heures)")
    HIGH = "high", _("Haute (24 heures)")
    STANDARD = "standard", _("Normale (72 heures)")
    WATCH = "watch", _("Veille")


class Due(models.TextChoices):
    """What a case waits for, counted from the step before."""

    ACKNOWLEDGE = "acknowledge", _("Prise en charge, après l'envoi")
    ASSESS = "assess", _("Évaluation, après l'envoi")
    ACTIVATE = "activate", _("Activation, après l'évaluation")
    PROTECT = "protect", _("Première mesure, après l'activation")
    MEET = "meet", _("Première réunion, après l'activation")
    ANSWER = "answer", _("Réponse à l'école, après l'issue")


@dataclass(frozen=True, slots=True)
class Bound:
    """The default and the highest value of a period, the text that sets the highest, the lowest."""

    default: int
    highest: int
    source: object
    lowest: int = 1


RETENTION: Final = {
    "closed_months": Bound(12, 12, _("un an, comme l'outil ministériel de suivi")),
    "archive_months": Bound(36, 36, _("trois ans, autorisation unique AU-038 de la CNIL")),
    "not_retained_months": Bound(2, 6, _("six mois pour une saisine non retenue")),
    "age_limit": Bound(25, 25, _("25 ans, autorisation unique AU-038 de la CNIL")),
    "log_months": Bound(
        12, 36, _("trois ans, recommandation de la CNIL sur la journalisation"), lowest=6
    ),
}
"""Months (years for the age limit) that things are kept, by field."""

IDLE_MINUTES: Final = Bound(15, 30, _("trente minutes, politique de sécurité de la plateforme"))
LOWEST_IDLE: Final = 5
"""A session ends after so many minutes in which its person does nothing."""

HIGHEST_HOURS: Final = {
    Due.ACKNOWLEDGE: 24,
    Due.ASSESS: 360,
    Due.ACTIVATE: 720,
    Due.PROTECT: 360,
    Due.MEET: 720,
    Due.ANSWER: 720,
}
"""Taking charge within 24 hours is the ministry's rule, assessing within 15 days the longest time
that a local protocol gives the school's own method; no text bounds the others."""

DEFAULT_HOURS: Final = {
    Pace.IMMEDIATE: (4, 4, 24, 24, 72, 120),
    Pace.HIGH: (24, 24, 48, 24, 168, 120),
    Pace.STANDARD: (24, 48, 72, 72, 168, 120),
    Pace.WATCH: (24, 120, 168, 168, 336, 120),
}
"""Hours in the order of ``Due``."""


def _bounded(field: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=f"agencies_policy_{field}",
        condition=Q(**{f"{field}__range": (RETENTION[field].lowest, RETENTION[field].highest)}),
        violation_error_message=_("Une durée de conservation dépasse ce que le droit permet."),
    )


class CellPolicy(models.Model):
    """One version of a cell's rules. A version is never changed: the newest one applies."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell = models.ForeignKey("agencies.Cell", models.PROTECT, related_name="policies")
    version = models.IntegerField()
    activation = models.TextField(choices=Activation, default=Activation.DELEGATE)
    reporting = models.TextField(choices=Reporting, default=Reporting.ALL)
    closed_months = models.SmallIntegerField()
    archive_months = models.SmallIntegerField()
    not_retained_months = models.SmallIntegerField()
    age_limit = models.SmallIntegerField()
    log_months = models.SmallIntegerField()
    idle_minutes = models.SmallIntegerField(db_default=15)
    created_by = models.UUIDField()
    created_at = models.DateTimeField(default=now)

    class Meta:
        db_table = "agencies_cellpolicy"
        constraints = [
            models.UniqueConstraint(fields=["cell", "version"], name="agencies_policy_version"),
            models.UniqueConstraint(fields=["cell", "id"], name="agencies_policy_whole"),
            models.CheckConstraint(
                name="agencies_policy_words_known",
                condition=Q(activation__in=Activation.values, reporting__in=Reporting.values),
                violation_error_message=_("Ces règles se choisissent dans une liste."),
            ),
            *(_bounded(field) for field in RETENTION),
            models.CheckConstraint(
                name="agencies_policy_idle_minutes",
                condition=Q(idle_minutes__range=(LOWEST_IDLE, IDLE_MINUTES.highest)),
                violation_error_message=_(
                    "Une session se termine après cinq à trente minutes sans activité."
                ),
            ),
        ]


class PolicyDeadline(models.Model):
    """One deadline of a version of the rules."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell = models.ForeignKey("agencies.Cell", models.PROTECT, related_name="+")
    policy = models.ForeignKey("agencies.CellPolicy", models.PROTECT, related_name="deadlines")
    urgency = models.TextField(choices=Pace)
    due = models.TextField(choices=Due)
    hours = models.IntegerField()

    class Meta:
        db_table = "agencies_policydeadline"
        constraints = [
            models.UniqueConstraint(
                fields=["cell", "policy", "urgency", "due"], name="agencies_deadline_once"
            ),
            models.CheckConstraint(
                name="agencies_deadline_known",
                condition=Q(urgency__in=Pace.values, due__in=Due.values),
                violation_error_message=_("Ces règles se choisissent dans une liste."),
            ),
            *(
                models.CheckConstraint(
                    name=f"agencies_deadline_{due.value}",
                    condition=~Q(due=due.value) | Q(hours__range=(1, highest)),
                    violation_error_message=_("Un délai dépasse la durée la plus longue permise."),
                )
                for due, highest in HIGHEST_HOURS.items()
            ),
        ]
