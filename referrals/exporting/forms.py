"""The form that an export is asked with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.ui.forms import RadioChoices
from referrals.exporting.services.ask import Wanted
from referrals.models import Share
from referrals.models.export import ExportForm, ExportPurpose

MINE = "mine"
"""What the asker sees themselves."""


class AskForm(forms.Form):
    """In which form, and what for."""

    form = forms.ChoiceField(
        label=_("Fichier"), choices=ExportForm.choices, initial="pdf", widget=RadioChoices
    )
    purpose = forms.ChoiceField(
        label=_("Pourquoi cet export"),
        choices=ExportPurpose.choices,
        widget=RadioChoices,
        help_text=_("Ce que vous choisissez est écrit sur le fichier et au journal."),
    )

    share = forms.ChoiceField(
        label=_("Ce que le fichier contient"), initial=MINE, widget=RadioChoices
    )

    def __init__(self, shares: Sequence[Share], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seen: list[tuple[str, object]] = [(MINE, _("Ce que je vois du dossier"))]
        for each in shares:
            words = _("Ce que reçoit : %(agency)s") % {"agency": each.to_agency_name}
            seen.append((str(each.pk), words))
        self.fields["share"].choices = seen  # type: ignore[attr-defined]
        if not shares:
            del self.fields["share"]

    def as_wanted(self) -> Wanted:
        """What is asked for, once the form is valid."""
        share = self.cleaned_data.get("share")
        return Wanted(
            ExportForm(self.cleaned_data["form"]),
            ExportPurpose(self.cleaned_data["purpose"]),
            UUID(share) if share and share != MINE else None,
        )
