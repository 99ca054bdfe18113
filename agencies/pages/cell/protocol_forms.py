"""What the pages of the protocol ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.forms.formsets import BaseFormSet, formset_factory
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from agencies.models import Protocol
from agencies.selectors import accessions_of
from agencies.services.add_protocol import MOST_PARTIES
from kernel.ui.forms import DateInput
from kernel.viewer import Viewer

if TYPE_CHECKING:
    Base = BaseFormSet["PartyForm"]
else:
    Base = BaseFormSet


class ProtocolForm(forms.Form):
    """A version of the protocol."""

    title = forms.CharField(label=_("Intitulé"), max_length=200)
    signed_on = forms.DateField(label=_("Signé le"), widget=DateInput)
    valid_from = forms.DateField(label=_("En vigueur à partir du"), widget=DateInput)
    valid_until = forms.DateField(
        label=_("Jusqu'au"),
        help_text=_("Laissez vide si le protocole n'a pas de terme."),
        required=False,
        widget=DateInput,
    )


class PartyForm(forms.Form):
    """One who signed: an agency of the cell, or an institution that has no access here."""

    accession = forms.ChoiceField(label=_("Organisme de la cellule"), required=False)
    party_name = forms.CharField(
        label=_("Ou une autre institution"),
        help_text=_("Par exemple le rectorat, s'il n'a pas d'accès à l'application."),
        max_length=200,
        required=False,
    )
    signatory = forms.CharField(
        label=_("Signé par"), help_text=_("Nom et qualité."), max_length=200
    )
    signed_on = forms.DateField(
        label=_("Le"),
        help_text=_("Laissez vide si c'est le jour de la signature du protocole."),
        required=False,
        widget=DateInput,
    )

    def __init__(self, *args: Any, agencies: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Aucun")), *agencies]
        self.fields["accession"].choices = choices  # type: ignore[attr-defined]


class Parties(Base):
    """The signatories, as many as there are."""

    def said(self) -> list[dict[str, Any]]:
        """Those that were filled in and not taken away again."""
        kept = [one for one in self.forms if one not in self.deleted_forms]
        return [one.cleaned_data for one in kept if one.cleaned_data.get("signatory")]


def party_forms(viewer: Viewer, before: Protocol | None, data: QueryDict | None) -> Parties:
    """The signatories as typed, or those of the version before."""
    agencies = [(str(a.pk), a.agency.name) for a in accessions_of(viewer)]
    known = {value for value, _name in agencies}
    signed = before.parties.order_by("position") if before is not None else ()
    initial = [
        {
            "accession": str(party.accession_id) if str(party.accession_id) in known else "",
            "party_name": party.party_name,
            "signatory": party.signatory,
            "signed_on": party.signed_on,
        }
        for party in signed
    ]
    made = formset_factory(
        PartyForm,
        formset=Parties,
        extra=0 if initial else 1,
        min_num=0,
        max_num=MOST_PARTIES,
        absolute_max=MOST_PARTIES,
        validate_max=True,
        can_delete=True,
    )
    typed = cast(type[Parties], made)
    return typed(data, initial=initial, prefix="parties", form_kwargs={"agencies": agencies})
