"""The form of a cell's rules, made from the table of their bounds."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from agencies.models import Activation, Due, Pace, Reporting
from agencies.models.policy import HIGHEST_HOURS, IDLE_MINUTES, LOWEST_IDLE, RETENTION
from agencies.rule_words import PACE_WORDS, RULE_WORDS
from agencies.rules import deadline_name
from agencies.services.set_rules import RulesInput
from kernel.ui.forms import RadioChoices

LABELS = {
    "closed_months": _("Dossier clos consultable (mois)"),
    "archive_months": _("Archive intermédiaire après la fin du suivi (mois)"),
    "not_retained_months": _("Saisine non retenue (mois)"),
    "age_limit": _("Rien au-delà de cet âge de l'élève (ans)"),
    "log_months": _("Journal des accès (mois)"),
}


def _number(label: Any, highest: int, hint: Any, lowest: int = 1) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=hint,
        min_value=lowest,
        max_value=highest,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class RulesForm(forms.Form):
    """Every rule. The bounds are said beside each number."""

    activation = forms.ChoiceField(
        label=RULE_WORDS["activation"],  # type: ignore[arg-type]  # a lazy text
        choices=Activation.choices,
        widget=RadioChoices,
    )
    reporting = forms.ChoiceField(
        label=RULE_WORDS["reporting"],  # type: ignore[arg-type]  # a lazy text
        help_text=_("Le parquet ne voit que les saisines qui lui sont adressées."),
        choices=Reporting.choices,
        widget=RadioChoices,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, bound in RETENTION.items():
            hint = format_lazy(_("Au plus {highest} : {source}."), **_said(bound))
            self.fields[name] = _number(LABELS[name], bound.highest, hint, bound.lowest)
        self.fields["idle_minutes"] = _number(
            _("Fin de session sans activité (minutes)"),
            IDLE_MINUTES.highest,
            format_lazy(
                _("De {lowest} à {highest} minutes. Un avertissement vient deux minutes avant."),
                lowest=LOWEST_IDLE,
                highest=IDLE_MINUTES.highest,
            ),
            LOWEST_IDLE,
        )
        for pace in Pace:
            for due in Due:
                highest = HIGHEST_HOURS[due]
                hint = format_lazy(_("Au plus {highest} heures."), highest=highest)
                self.fields[deadline_name(pace, due)] = _number(due.label, highest, hint)

    def paces(self) -> list[tuple[object, list[BoundField]]]:
        """The deadlines of each urgency."""
        return [
            (PACE_WORDS[pace], [self[deadline_name(pace, due)] for due in Due]) for pace in Pace
        ]

    def wanted(self) -> RulesInput:
        """The rules as they were filled in."""
        chosen = self.cleaned_data
        return RulesInput(
            activation=Activation(chosen["activation"]),
            reporting=Reporting(chosen["reporting"]),
            retention={name: chosen[name] for name in RETENTION},
            hours={(pace, due): chosen[deadline_name(pace, due)] for pace in Pace for due in Due},
            idle_minutes=chosen["idle_minutes"],
        )


def _said(bound: Any) -> dict[str, Any]:
    return {"highest": bound.highest, "source": bound.source}
