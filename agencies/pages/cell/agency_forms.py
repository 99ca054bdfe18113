"""What the pages of the agencies of a cell ask for."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.models import Commune
from agencies.services.add_agency import ADDED_BY_HAND
from kernel.ui.forms import DateInput


class SearchForm(forms.Form):
    """Words to look for in the directory."""

    q = forms.CharField(label=_("Nom, commune ou code UAI"), max_length=100, widget=forms.TextInput)


class FilterForm(forms.Form):
    """Which agencies of the cell to show: a kind, those that have left, words."""

    genre = forms.ChoiceField(label=_("Genre d'organisme"), required=False)
    q = forms.CharField(label=_("Nom ou commune"), max_length=100, required=False)

    def __init__(self, kinds: list[tuple[str, object]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["genre"].choices = kinds  # type: ignore[attr-defined]


class AccessionForm(forms.Form):
    """Who signed for the agency, when, and until when."""

    signatory = forms.CharField(
        label=_("Signé par"),
        help_text=_("Nom et qualité de la personne qui a signé pour l'organisme."),
        max_length=200,
    )
    signed_on = forms.DateField(label=_("Signé le"), widget=DateInput, initial=timezone.localdate)
    until = forms.DateField(
        label=_("Participe jusqu'au"),
        help_text=_("Laissez vide s'il n'y a pas de terme."),
        required=False,
        widget=DateInput,
    )


class EndForm(forms.Form):
    """The last day of an agency in the cell."""

    until = forms.DateField(
        label=_("Dernier jour dans la cellule"),
        help_text=_("Laissez vide pour une participation sans terme."),
        required=False,
        widget=DateInput,
    )

    def clean_until(self) -> date | None:
        """An empty day is without end; a day that did not arrive is not."""
        if self.add_prefix("until") not in self.data:
            raise forms.ValidationError(
                _("Cette date n'est pas arrivée. Envoyez la page à nouveau.")
            )
        return self.cleaned_data["until"]


class NewAgencyForm(AccessionForm):
    """An organisation that no directory lists, and its accession."""

    field_order = (
        "kind",
        "name",
        "commune",
        "email",
        "phone",
        "confirmed",
        "signatory",
        "signed_on",
        "until",
    )

    kind = forms.ChoiceField(
        label=_("Genre d'organisme"),
        choices=[("", _("Choisir")), *((kind.value, kind.label) for kind in ADDED_BY_HAND)],
    )
    name = forms.CharField(label=_("Nom"), max_length=200)
    commune = forms.CharField(
        label=_("Code INSEE de la commune"),
        help_text=_("Cinq caractères, par exemple 80021. Laissez vide pour un service régional."),
        max_length=5,
        required=False,
    )
    email = forms.EmailField(label=_("Adresse électronique du service"), required=False)
    phone = forms.CharField(label=_("Téléphone du service"), max_length=30, required=False)
    confirmed = forms.BooleanField(
        label=_("Ce n'est aucun des organismes déjà connus"), required=False
    )

    def clean_commune(self) -> str:
        """The code of a commune of the official list, or nothing."""
        code: str = self.cleaned_data["commune"].strip().upper()
        if code and not Commune.objects.filter(pk=code).exists():
            raise forms.ValidationError(_("Cette commune n'est pas dans la liste officielle."))
        return code
