"""The forms of a meeting."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.ui.forms import CheckboxChoices, DateInput, DateTimeInput, PlainTextarea
from meetings.services.record_decision import LONGEST
from meetings.states import DecisionCode
from referrals.partners import Partner

COORDINATION = "coordination"


class ConveneForm(forms.Form):
    """When, and with whom. Only agencies that may read the case can be ticked."""

    starts_at = forms.DateTimeField(label=_("Date et heure"), widget=DateTimeInput)
    agencies = forms.MultipleChoiceField(
        label=_("Services conviés"),
        help_text=_("La coordination de la cellule y est toujours."),
        widget=CheckboxChoices,
    )

    def __init__(self, invitable: list[Partner], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agencies"].choices = [  # type: ignore[attr-defined]  # a MultipleChoiceField
            (str(partner.accession_id), partner.name) for partner in invitable
        ]


class DecisionForm(forms.Form):
    """What was decided, who will do it, by when."""

    code = forms.ChoiceField(
        label=_("Décision"), choices=[("", _("Choisir")), *DecisionCode.choices]
    )
    text = forms.CharField(
        label=_("En quelques mots"),
        help_text=_("Ce qui sera fait, sans jugement."),
        max_length=LONGEST,
        widget=PlainTextarea,
    )
    owner = forms.ChoiceField(label=_("Service responsable"))
    due_on = forms.DateField(label=_("Échéance"), widget=DateInput)

    def __init__(self, owners: list[Partner], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            ("", _("Choisir")),
            (COORDINATION, _("Coordination de la cellule")),
            *((str(partner.accession_id), partner.name) for partner in owners),
        ]
