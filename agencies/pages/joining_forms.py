"""What somebody who joins is asked for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from agencies.services.sign_in import LONGEST_PASSWORD


class ChoosePasswordForm(forms.Form):
    """A password, typed twice. Whether it is good enough is for the service."""

    password = forms.CharField(
        label=_("Mot de passe"),
        help_text=_("Douze caractères au moins. Quelques mots sans lien entre eux suffisent."),
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": _("Choisissez un mot de passe.")},
    )
    again = forms.CharField(
        label=_("Le même mot de passe"),
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": _("Saisissez le mot de passe une seconde fois.")},
    )

    def clean(self) -> dict[str, Any]:
        """Typed twice the same."""
        found: dict[str, Any] = super().clean() or {}
        first, second = found.get("password"), found.get("again")
        if first and second and first != second:
            self.add_error("again", _("Les deux mots de passe ne sont pas les mêmes."))
        return found
