"""The filters above the journal."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit import people, references, registry
from audit.selectors import Filters
from kernel.ui.forms import DateInput
from kernel.viewer import Viewer

LAST = date(9999, 12, 30)
"""The last day that has a day after it."""
OUTCOMES = [("", _("Tous")), ("done", _("Fait")), ("refused", _("Refusé"))]


class FiltersForm(forms.Form):
    """What the auditor asks for. Every field may stay empty."""

    dossier = forms.CharField(label=_("Référence du dossier"), required=False, max_length=64)
    personne = forms.ChoiceField(label=_("Personne"), required=False)
    evenement = forms.ChoiceField(label=_("Événement"), required=False)
    resultat = forms.ChoiceField(label=_("Résultat"), required=False, choices=OUTCOMES)
    du = forms.DateField(label=_("Du"), required=False, widget=DateInput)
    au = forms.DateField(label=_("Au"), required=False, widget=DateInput)

    def __init__(self, data: Any, *, viewer: Viewer) -> None:
        super().__init__(data)
        self._viewer = viewer
        self._case: UUID | None = None
        self._choices("personne", _people(viewer, data.get("personne", "")))
        kinds = [(kind.name, kind.label) for kind in registry.kinds()]
        self._choices("evenement", [("", _("Tous")), *kinds])

    def _choices(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def clean_dossier(self) -> str:
        """A reference that no case of this cell has is an answer, not an empty page."""
        text: str = self.cleaned_data["dossier"].strip()
        if text:
            self._case = references.case_of(self._viewer, text)
            if self._case is None:
                raise forms.ValidationError(
                    _("Aucun dossier de votre cellule ne porte cette référence.")
                )
        return text

    def clean(self) -> dict[str, Any]:
        """The period must not end before it begins."""
        found: dict[str, Any] = super().clean() or {}
        if found.get("du") and found.get("au") and found["au"] < found["du"]:
            self.add_error("au", _("La fin de la période précède son début."))
        return found

    def filters(self) -> Filters:
        """The same, as the selector takes it."""
        chosen = self.cleaned_data
        return Filters(
            case=self._case,
            actor=UUID(chosen["personne"]) if chosen["personne"] else None,
            kind=chosen["evenement"],
            outcome=chosen["resultat"],
            since=_midnight(chosen["du"]) if chosen["du"] else None,
            until=_midnight(min(chosen["au"], LAST) + timedelta(days=1)) if chosen["au"] else None,
        )


def _people(viewer: Viewer, chosen: str) -> list[tuple[str, Any]]:
    """Everybody of the cell, and whoever a line of the journal was clicked for."""
    known = {str(account): name for account, name in people.everybody(viewer).items()}
    try:
        account = UUID(chosen)
    except ValueError:
        pass
    else:
        known.setdefault(str(account), people.names_of(viewer, [account]).get(account, chosen))
    return [("", _("Toutes")), *sorted(known.items(), key=lambda item: item[1])]


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
