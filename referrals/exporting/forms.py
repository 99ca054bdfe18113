"""The form that an export is asked with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from kernel.ui.forms import RadioChoices
from referrals.casefile.selectors import PartyLine
from referrals.exporting.services.ask import Wanted
from referrals.models import Share
from referrals.models.export import ExportForm, ExportPurpose

MINE, SHARE, PERSON = "mine", "share", "person"
"""What the asker sees themselves, what the agency of a share receives, one pupil's own data."""


class AskForm(forms.Form):
    """What of the case, in which form, and what for."""

    about = forms.ChoiceField(
        label=_("Ce que le fichier contient"), initial=MINE, widget=RadioChoices
    )
    form = forms.ChoiceField(
        label=_("Fichier"), choices=ExportForm.choices, initial="pdf", widget=RadioChoices
    )
    purpose = forms.ChoiceField(
        label=_("Pourquoi cet export"),
        widget=RadioChoices,
        help_text=_("Ce que vous choisissez est écrit sur le fichier et au journal."),
    )

    def __init__(
        self, shares: Sequence[Share], pupils: Sequence[PartyLine], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        seen: list[tuple[str, object]] = [(MINE, _("Ce que je vois du dossier"))]
        for share in shares:
            words = _("Ce que reçoit : %(agency)s") % {"agency": share.to_agency_name}
            seen.append((f"{SHARE}:{share.pk}", words))
        for pupil in pupils:
            words = _("Les données d'un seul élève : %(pupil)s, %(role)s") % {
                "pupil": pupil.label,
                "role": pupil.role_label,
            }
            seen.append((f"{PERSON}:{pupil.id}", words))
        purposes = [
            (code, label)
            for code, label in ExportPurpose.choices
            if pupils or code != ExportPurpose.RIGHTS
        ]
        self.fields["about"].choices = seen  # type: ignore[attr-defined]
        self.fields["purpose"].choices = purposes  # type: ignore[attr-defined]

    def as_wanted(self) -> Wanted:
        """What is asked for, once the form is valid."""
        kind, _colon, which = self.cleaned_data["about"].partition(":")
        return Wanted(
            ExportForm(self.cleaned_data["form"]),
            ExportPurpose(self.cleaned_data["purpose"]),
            share_id=UUID(which) if kind == SHARE else None,
            party_id=UUID(which) if kind == PERSON else None,
        )
