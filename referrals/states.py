"""The life of a referral: states, steps, and who may take them. PostgreSQL keeps the same table.

Source of the steps: the field's workflow between school, cell and prosecutor.
"""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    DRAFT = "draft", _("Brouillon")
    SUBMITTED = "submitted", _("Transmise")
    ACKNOWLEDGED = "acknowledged", _("Prise en charge")
    UNDER_REVIEW = "under_review", _("En cours d'analyse")
    AWAITING_INFORMATION = "awaiting_information", _("Complément demandé")
    QUALIFIED = "qualified", _("Évaluée")
    ACTIVATED = "activated", _("Cellule activée")
    ACTION_PLAN = "action_plan", _("Mesures décidées")
    IN_PROGRESS = "in_progress", _("Mesures en cours")
    SUSPENDED = "suspended", _("Suspendue")
    MONITORING = "monitoring", _("Suivi")
    RESOLVED = "resolved", _("Issue constatée")
    CLOSED = "closed", _("Clôturée")
    REDIRECTED = "redirected", _("Réorientée")
    NOT_RETAINED = "not_retained", _("Non retenue")
    TRANSFERRED = "transferred", _("Transférée")
    WITHDRAWN = "withdrawn", _("Retirée")
    MERGED = "merged", _("Fusionnée")


S = State
ENDS = frozenset({S.CLOSED, S.REDIRECTED, S.NOT_RETAINED, S.TRANSFERRED, S.WITHDRAWN, S.MERGED})
LIVING = frozenset(State) - ENDS - {S.DRAFT}
UNDECIDED = frozenset(
    {S.SUBMITTED, S.ACKNOWLEDGED, S.UNDER_REVIEW, S.AWAITING_INFORMATION, S.QUALIFIED}
)
"""Sent, and the prosecutor has not decided yet."""


@dataclass(frozen=True, slots=True)
class Step:
    """A move from some states to one, by seats that hold one of the roles."""

    verb: str
    sources: frozenset[State]
    target: State
    roles: frozenset[str]


COORDINATION = frozenset({"cell_coordinator", "departmental_officer"})
PROSECUTION = frozenset({"prosecutor", "prosecutor_delegate"})
SCHOOL = frozenset({"school_pilot"})


def _step(verb: str, sources: set[State], target: State, roles: frozenset[str]) -> Step:
    return Step(verb, frozenset(sources), target, roles)


STEPS: dict[str, Step] = {
    step.verb: step
    for step in (
        _step("submit", {S.DRAFT}, S.SUBMITTED, SCHOOL),
        _step("acknowledge", {S.SUBMITTED}, S.ACKNOWLEDGED, COORDINATION),
        _step("review", {S.SUBMITTED, S.ACKNOWLEDGED}, S.UNDER_REVIEW, COORDINATION),
        _step("triage", {S.SUBMITTED, S.ACKNOWLEDGED, S.UNDER_REVIEW}, S.QUALIFIED, COORDINATION),
        _step("activate", {S.QUALIFIED}, S.ACTIVATED, PROSECUTION),
        _step("plan", {S.ACTIVATED}, S.ACTION_PLAN, COORDINATION),
        _step("start", {S.ACTION_PLAN, S.MONITORING}, S.IN_PROGRESS, COORDINATION),
        _step("stabilise", {S.ACTION_PLAN, S.IN_PROGRESS}, S.MONITORING, COORDINATION),
        _step("resolve", {S.ACTION_PLAN, S.IN_PROGRESS, S.MONITORING}, S.RESOLVED, COORDINATION),
        _step("close", {S.RESOLVED}, S.CLOSED, COORDINATION),
    )
}


def moves() -> frozenset[tuple[str, str]]:
    """Every pair (from, to) that a step allows; the database refuses all others."""
    return frozenset(
        (source.value, step.target.value) for step in STEPS.values() for source in step.sources
    )
