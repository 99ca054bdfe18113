"""The form of a search within one's own scope."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.plain_text import one_line
from kernel.ui.forms import DateInput
from referrals.intake.forms import past_date
from referrals.models.case import Urgency
from referrals.searching.question import Question
from referrals.states import State

ANY = [("", _("Toutes"))]


class WithinForm(forms.Form):
    """Everything that is filled in must be true of a case for it to be found."""

    words = forms.CharField(
        label=_("Mots du dossier"),
        help_text=_(
            "Dans les faits, démarches, mesures et noms de documents que vous pouvez lire."
        ),
        max_length=200,
        required=False,
        validators=[one_line],
    )
    reference = forms.CharField(
        label=_("Référence"), max_length=20, required=False, validators=[one_line]
    )
    school = forms.CharField(
        label=_("Établissement"),
        help_text=_("Nom, commune ou code UAI."),
        max_length=100,
        required=False,
        validators=[one_line],
    )
    state = forms.ChoiceField(label=_("Étape"), choices=[*ANY, *State.choices], required=False)
    urgency = forms.ChoiceField(
        label=_("Urgence"), choices=[*ANY, *Urgency.choices], required=False
    )
    since = forms.DateField(label=_("Reçu depuis le"), required=False, widget=DateInput)
    until = forms.DateField(label=_("Jusqu'au"), required=False, widget=DateInput)
    family_name = forms.CharField(
        label=_("Nom de l'élève"), max_length=100, required=False, validators=[one_line]
    )
    given_name = forms.CharField(
        label=_("Prénom"), max_length=100, required=False, validators=[one_line]
    )
    birth_date = forms.DateField(
        label=_("Date de naissance"), required=False, widget=DateInput, validators=[past_date]
    )

    def question(self) -> Question:
        """What is looked for, once the form is valid."""
        data: dict[str, Any] = dict(self.cleaned_data)
        state = data.pop("state")
        return Question(**data, states=(State(state),) if state else ())
