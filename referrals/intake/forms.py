"""The escalation form as a school fills it: one main form and four repeated parts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.forms.formsets import BaseFormSet, formset_factory
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kernel.plain_text import lines, one_line
from kernel.ui.forms import CheckboxChoices, DateInput, PlainTextarea, RadioChoices
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

NARRATIVE = 5000
MOST_PARTIES = 30
EARLIEST = date(1990, 1, 1)
MOST_FACTS = 30


def past_date(value: Any) -> Any:
    """A date that is not in the future and not before 1990."""
    if value and not (EARLIEST <= value <= timezone.localdate()):
        raise forms.ValidationError(_("Indiquez un jour passé, après 1990."))
    return value


class PartyForm(forms.Form):
    """One pupil. The name is sealed and shown as initials everywhere."""

    family_name = forms.CharField(label=_("Nom"), max_length=100, validators=[one_line])
    given_name = forms.CharField(label=_("Prénom"), max_length=100, validators=[one_line])
    birth_date = forms.DateField(
        label=_("Date de naissance"), required=False, widget=DateInput, validators=[past_date]
    )
    class_group = forms.CharField(
        label=_("Classe"), max_length=40, required=False, validators=[one_line]
    )


class PresumedForm(PartyForm):
    """A presumed author may still be unknown by name."""

    family_name = forms.CharField(
        label=_("Nom"), max_length=100, required=False, validators=[one_line]
    )
    given_name = forms.CharField(
        label=_("Prénom"), max_length=100, required=False, validators=[one_line]
    )


class FactForm(forms.Form):
    """One fact: what, where, when, and how it is known."""

    kind = forms.ChoiceField(label=_("Nature"), choices=[("", _("Choisir")), *FactKind.choices])
    place = forms.ChoiceField(label=_("Lieu"), choices=[("", _("Choisir")), *Place.choices])
    began_on = forms.DateField(label=_("Depuis le"), widget=DateInput, validators=[past_date])
    ended_on = forms.DateField(
        label=_("Jusqu'au"), required=False, widget=DateInput, validators=[past_date]
    )
    source = forms.ChoiceField(
        label=_("Comment le sait-on ?"), choices=[("", _("Choisir")), *Source.choices]
    )
    narrative = forms.CharField(
        label=_("Ce qui s'est passé"),
        help_text=_("Des faits, sans jugement ni opinion sur la famille."),
        max_length=NARRATIVE,
        widget=PlainTextarea,
        validators=[lines],
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        began, ended = data.get("began_on"), data.get("ended_on")
        if began and ended and ended < began:
            self.add_error("ended_on", _("La fin vient après le début."))
        return data


class SituationForm(forms.Form):
    """What is asked once: danger, steps already taken, parents, information given."""

    danger = forms.ChoiceField(
        label=_("L'élève est-il en danger immédiat ?"),
        help_text=_("Propos suicidaires, violences graves, menace avec arme, disparition…"),
        choices=[("yes", _("Oui")), ("no", _("Non"))],
        widget=RadioChoices,
    )
    taken = forms.MultipleChoiceField(
        label=_("Ce que l'établissement a déjà fait"),
        choices=StepTaken.choices,
        widget=CheckboxChoices,
        required=False,
    )
    steps_narrative = forms.CharField(
        label=_("Précisions sur ces démarches"),
        max_length=NARRATIVE,
        widget=PlainTextarea,
        validators=[lines],
        required=False,
    )
    incident_reference = forms.CharField(
        label=_("Numéro Faits établissement"),
        max_length=40,
        required=False,
        validators=[one_line],
    )
    incident_level = forms.ChoiceField(
        label=_("Niveau Faits établissement"),
        choices=[("", _("Non déclaré")), ("1", "1"), ("2", "2"), ("3", "3")],
        required=False,
    )
    parents_informed = forms.ChoiceField(
        label=_("Les parents de l'élève cible sont-ils informés de cette saisine ?"),
        choices=ParentsInformed.choices,
        widget=RadioChoices,
    )
    parents_informed_on = forms.DateField(
        label=_("Informés le"), required=False, widget=DateInput, validators=[past_date]
    )
    rights_notice_given = forms.BooleanField(
        label=_(
            "Les personnes concernées ont reçu l'information sur leurs droits, ou la recevront"
        ),
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("parents_informed") == ParentsInformed.YES and not data.get(
            "parents_informed_on"
        ):
            self.add_error("parents_informed_on", _("Indiquez la date."))
        if not data.get("rights_notice_given"):
            self.add_error("rights_notice_given", _("Confirmez que l'information est donnée."))
        return data


def _repeated(
    form: type[forms.Form], *, at_least: int, at_most: int
) -> type[BaseFormSet[forms.Form]]:
    return formset_factory(
        form,
        extra=0,
        min_num=at_least,
        max_num=at_most,
        absolute_max=at_most + 5,
        validate_max=True,
        can_delete=True,
    )


FORMSETS: dict[str, type[BaseFormSet[forms.Form]]] = {
    "targets": _repeated(PartyForm, at_least=1, at_most=MOST_PARTIES),
    "presumed": _repeated(PresumedForm, at_least=0, at_most=MOST_PARTIES),
    "witnesses": _repeated(PartyForm, at_least=0, at_most=MOST_PARTIES),
    "facts": _repeated(FactForm, at_least=1, at_most=MOST_FACTS),
}
ROLES = {
    "targets": PartyRole.TARGET,
    "presumed": PartyRole.PRESUMED,
    "witnesses": PartyRole.WITNESS,
}


class EscalationForm:
    """The main form and its repeated parts, bound together, or refilled from a draft."""

    def __init__(
        self, data: QueryDict | None = None, *, typed: Mapping[str, list[str]] | None = None
    ) -> None:
        typed = typed or {}
        data = _with_counts(data) if data is not None else None
        initial: dict[str, Any] = {
            name: typed[name] if name == "taken" else typed[name][-1]
            for name in SituationForm.base_fields
            if typed.get(name)
        }
        self.situation = SituationForm(data, initial=initial)
        self.parts = {
            prefix: made(data, prefix=prefix, initial=_typed_parts(prefix, typed))
            for prefix, made in FORMSETS.items()
        }

    def is_valid(self) -> bool:
        """Whether everything can be sent; every part is checked so that all errors show at once."""
        results = [self.situation.is_valid(), *(part.is_valid() for part in self.parts.values())]
        return all(results)

    def errors_of(self) -> list[Any]:
        """The forms and formsets, for the summary at the top of the page."""
        return [self.situation, *self.parts.values()]

    def as_escalation(self) -> Escalation:
        """What was filled in, once it is valid."""
        said = self.situation.cleaned_data
        level = said["incident_level"]
        return Escalation(
            danger=said["danger"] == "yes",
            parties=tuple(
                PartyInput(role=role, **values)
                for prefix, role in ROLES.items()
                for values in _kept(self.parts[prefix])
            ),
            facts=tuple(FactInput(**values) for values in _kept(self.parts["facts"])),
            steps=StepsInput(
                taken=tuple(StepTaken(code) for code in said["taken"]),
                narrative=said["steps_narrative"],
                incident_reference=said["incident_reference"],
                incident_level=int(level) if level else None,
                parents_informed=ParentsInformed(said["parents_informed"]),
                parents_informed_on=said["parents_informed_on"],
                rights_notice_given=said["rights_notice_given"],
            ),
        )


def _kept(part: BaseFormSet[forms.Form]) -> list[dict[str, Any]]:
    """The cleaned values of the blocks that were filled in and not removed."""
    kept = []
    for form in part.forms:
        values = dict(form.cleaned_data)
        if values and not values.pop("DELETE", False):
            kept.append(values)
    return kept


def _with_counts(data: QueryDict) -> QueryDict:
    """The form with as many blocks as have a field: what was typed in one is never left out."""
    counted = data.copy()
    for prefix, made in FORMSETS.items():
        counted[f"{prefix}-TOTAL_FORMS"] = str(max(_blocks_in(data, prefix), made.min_num))
        counted[f"{prefix}-INITIAL_FORMS"] = "0"
    return counted


def _blocks_in(names: Iterable[str], prefix: str) -> int:
    """How many blocks there are, by the numbers in the names of their fields."""
    found = (re.fullmatch(rf"{prefix}-([0-9]{{1,3}})-[a-zA-Z_]+", name) for name in names)
    return max((int(number[1]) + 1 for number in found if number), default=0)


def _typed_parts(prefix: str, typed: Mapping[str, list[str]]) -> list[dict[str, str]]:
    """The blocks of a draft that were not removed, as initial values."""
    blocks = []
    for index in range(min(_blocks_in(typed, prefix), MOST_PARTIES)):
        start = f"{prefix}-{index}-"
        values = {
            name.removeprefix(start): found[-1]
            for name, found in typed.items()
            if name.startswith(start) and found
        }
        if not values.pop("DELETE", ""):
            blocks.append(values)
    return blocks
