"""How each rule of a cell is called, in forms, in refusals and in the journal."""

from __future__ import annotations

from typing import Final

from django.utils.functional import lazystr
from django.utils.translation import gettext_lazy as _

from agencies.models.policy import Due, Pace

DEADLINE_SAID = _("%(due)s, %(urgency)s")
PACE_WORDS: Final[dict[str, object]] = {
    Pace.IMMEDIATE: _("urgence immédiate"),
    Pace.HIGH: _("urgence haute"),
    Pace.STANDARD: _("urgence normale"),
    Pace.WATCH: _("simple veille"),
}
"""Each urgency inside a sentence, where what it means in hours stands beside it."""


def _deadline(pace: Pace, due: Due) -> object:
    return lazystr(_Said(pace, due))


class _Said:
    """A deadline in words, in the language of whoever reads it."""

    def __init__(self, pace: Pace, due: Due) -> None:
        self.pace, self.due = pace, due

    def __str__(self) -> str:
        return str(DEADLINE_SAID) % {"due": self.due.label, "urgency": PACE_WORDS[self.pace]}


RULE_WORDS: Final[dict[str, object]] = {
    "activation": _("Qui active la cellule"),
    "reporting": _("Ce qui va au parquet"),
    "closed_months": _("Dossier clos consultable"),
    "archive_months": _("Archive intermédiaire"),
    "not_retained_months": _("Saisine non retenue"),
    "age_limit": _("Âge limite"),
    "log_months": _("Journal"),
    "idle_minutes": _("Fin de session sans activité"),
} | {f"{pace.value}_{due.value}": _deadline(pace, due) for pace in Pace for due in Due}
