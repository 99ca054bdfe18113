"""What the pages of one's own factors ask for: shape only."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from agencies.pages.factor_form import passkey_answer, six_digits
from agencies.services.my_factors import LONGEST_NAME
from agencies.services.sign_in import LONGEST_PASSWORD


def password_field(label: object) -> forms.CharField:
    """The password, once more: it is never sent back."""
    return forms.CharField(
        label=label,  # type: ignore[arg-type]  # a lazy text
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("Indiquez votre mot de passe.")},
    )


class NameForm(forms.Form):
    """What a person calls a device of theirs."""

    name = forms.CharField(
        label=_("Nom"),
        help_text=_("Pour le reconnaître dans la liste, par exemple « Mon téléphone »."),
        max_length=LONGEST_NAME,
        error_messages={"required": _("Donnez-lui un nom.")},
    )


class PasswordAgainForm(forms.Form):
    """The password of those who have one."""

    def __init__(self, *args: Any, with_password: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if with_password:
            self.fields["password"] = password_field(_("Votre mot de passe"))


class NewFactorForm(PasswordAgainForm, NameForm):
    """A name, and the password."""


class NewPasskeyForm(NewFactorForm):
    """The same, with what the browser answered."""

    answer = passkey_answer()


class FirstCodeForm(forms.Form):
    """The first code of a new authenticator."""

    code = six_digits(_("Celui que votre application affiche maintenant pour Rempart."))


class LostForm(forms.Form):
    """The address of whoever has lost everything."""

    email = forms.CharField(
        label=_("Votre adresse électronique professionnelle"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "spellcheck": "false"}),
        error_messages={"required": _("Indiquez votre adresse.")},
    )


class LinkForm(forms.Form):
    """The password that goes with the link."""

    password = password_field(_("Votre mot de passe"))
