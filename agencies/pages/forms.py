"""What the sign-in pages ask for: shape only, for whether it is right is for the services."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from agencies.roles import Role
from agencies.services.confirm_factor import SeatChoice
from agencies.services.sign_in import LONGEST_PASSWORD
from kernel.ui.forms import RadioChoices


class PasswordForm(forms.Form):
    """An address and a password."""

    email = forms.CharField(
        label=_("Adresse électronique professionnelle"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "spellcheck": "false"}),
        error_messages={"required": _("Indiquez votre adresse.")},
    )
    password = forms.CharField(
        label=_("Mot de passe"),
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("Indiquez votre mot de passe.")},
    )


class SeatForm(forms.Form):
    """Which of one's places to take."""

    def __init__(self, *args: Any, seats: Sequence[SeatChoice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seat"] = forms.ChoiceField(
            label=_("Pour quel organisme vous connectez-vous ?"),
            choices=[(str(seat.id), seat.agency_name) for seat in seats],
            widget=RadioChoices(hints={str(seat.id): _described(seat) for seat in seats}),
            error_messages={
                "required": _("Choisissez un organisme."),
                "invalid_choice": _("Choisissez un des organismes proposés."),
            },
        )


def _described(seat: SeatChoice) -> str:
    """What tells two places in one agency apart: the roles and the cell."""
    labels = dict(Role.choices)
    parts = [*(str(labels.get(role, role)) for role in seat.roles), seat.cell_name]
    if seat.stands_in_for:
        parts.append(_("en remplacement de %(name)s") % {"name": seat.stands_in_for})
    return ", ".join(parts)
