"""What the pages of the territory ask for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from agencies.models import Accession, Commune
from agencies.services.decoded import decoded
from kernel.ui.forms import CheckboxChoices, PlainTextarea

NOBODY = "nobody"
LONGEST = 200_000
MOST_TICKED = 900


class SchoolForm(forms.Form):
    """Words to look for among the schools of the cell."""

    q = forms.CharField(label=_("Nom ou commune"), max_length=100, required=False)


class AssignForm(forms.Form):
    """One service and its communes, ticked or pasted."""

    accession = forms.ChoiceField(label=_("Service compétent"))
    communes = forms.CharField(
        label=_("Communes"),
        help_text=_("Une par ligne : le nom ou le code INSEE."),
        required=False,
        max_length=LONGEST,
        widget=PlainTextarea,
    )
    ticked = forms.MultipleChoiceField(
        label=_("Communes sans service"), required=False, widget=CheckboxChoices
    )

    def __init__(
        self,
        services: Iterable[Accession],
        known: Iterable[Commune],
        offered: Iterable[Commune],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["accession"].choices = [  # type: ignore[attr-defined]
            ("", _("Choisir")),
            *((str(service.pk), service.agency.name) for service in services),
            (NOBODY, _("Aucun : retirer ces communes du territoire")),
        ]
        self.known = {commune.insee for commune in known}
        self.offered = [(c.insee, f"{c.name} ({c.insee})") for c in offered][:MOST_TICKED]
        self.fields["ticked"].choices = self.offered  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Something has to be assigned."""
        chosen: dict[str, Any] = super().clean() or self.cleaned_data
        if not chosen.get("communes", "").strip() and not chosen.get("ticked"):
            self.add_error("communes", _("Indiquez au moins une commune."))
        return chosen


class TableForm(forms.Form):
    """A table of communes and services, as a file or pasted."""

    file = forms.FileField(
        label=_("Fichier CSV"),
        help_text=_("Deux colonnes : commune;service, comme un tableur les enregistre en CSV."),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv,text/plain"}),
    )
    table = forms.CharField(
        label=_("Ou le tableau lui-même"),
        help_text=_("Une ligne par commune : commune;service."),
        required=False,
        strip=False,
        max_length=LONGEST,
        widget=PlainTextarea,
    )


def table_form(data: QueryDict, files: MultiValueDict[str, UploadedFile]) -> TableForm:
    """The form with the words of the file in its text: refused, they can be mended in the page."""
    sent = files.get("file")
    written = data.copy()
    wrong: object = ""
    if sent is not None:
        if sent.size is None or sent.size > LONGEST:
            wrong = _("Ce fichier est trop long : 200 000 caractères au plus.")
        elif (text := decoded(sent.read())) is None:
            wrong = _("Ce fichier n'est pas un texte : enregistrez le tableau au format CSV.")
        elif not text.strip():
            wrong = _("Ce fichier est vide.")
        else:
            written["table"] = text
    form = TableForm(written)
    form.full_clean()
    if wrong:
        form.add_error("file", str(wrong))
    elif not written.get("table", "").strip():
        form.add_error("table", _("Choisissez un fichier ou écrivez le tableau."))
    elif "\x00" in written["table"]:
        form.add_error("table", _("Ce texte contient un caractère qui ne peut pas être lu."))
    return form
