"""What a person types about what is kept."""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from audit import people, references
from audit.keeping.wording import REASONS, SCOPES
from kernel.ui.forms import RadioChoices
from kernel.viewer import Viewer


class OneForm(forms.Form):
    """Which purge or hold a button is about."""

    which = forms.UUIDField(widget=forms.HiddenInput())


class HoldForm(forms.Form):
    """What must not be purged, and why."""

    scope = forms.ChoiceField(
        label=_("Ce qui doit être gardé"),
        choices=[(code, capfirst(words)) for code, words in SCOPES.items()],
        widget=RadioChoices,
    )
    dossier = forms.CharField(
        label=_("Référence du dossier"),
        help_text=_("Pour garder un dossier."),
        required=False,
        max_length=64,
    )
    personne = forms.ChoiceField(
        label=_("Personne"), help_text=_("Pour garder ce qui touche une personne."), required=False
    )
    reason = forms.ChoiceField(
        label=_("Motif"),
        choices=[
            ("", _("Choisir")),
            *((code, capfirst(words)) for code, words in REASONS.items()),
        ],
    )

    def __init__(self, data: Any, *, viewer: Viewer) -> None:
        super().__init__(data)
        self._viewer = viewer
        self.about: UUID | None = None
        known = sorted(people.everybody(viewer).items(), key=lambda item: item[1])
        field = self.fields["personne"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("Choisir")), *((str(one), name) for one, name in known)]

    def clean(self) -> dict[str, Any]:
        """What a hold is about has to be named, in the field for it."""
        found: dict[str, Any] = super().clean() or {}
        scope = found.get("scope")
        if scope == "case":
            text = str(found.get("dossier", "")).strip()
            self.about = references.case_of(self._viewer, text) if text else None
            if self.about is None:
                self.add_error(
                    "dossier", _("Aucun dossier de votre cellule ne porte cette référence.")
                )
        elif scope == "person":
            self.about = UUID(found["personne"]) if found.get("personne") else None
            if self.about is None and "personne" not in self.errors:
                self.add_error("personne", _("Choisissez une personne."))
        return found
