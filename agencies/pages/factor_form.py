"""Asking for a factor: the same forms when one signs in and when one shows a factor again.

A page makes ``FactorForms`` from what the person can show, includes ``agencies/_factor.html``, and
gives ``forms.shown`` to ``agencies.services.factors.check`` when ``forms.valid()``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from agencies.services.factors import Kind, Offer
from kernel.errors import DomainError
from kernel.ui.forms import Code, RadioChoices


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody has shown: which kind, the answer, and on which of several devices."""

    kind: Kind
    answer: str
    device_id: int | None = None


def passkey_answer() -> forms.CharField:
    """What the browser answered for the passkey."""
    return forms.CharField(
        label=_("Clé d'accès"),
        widget=forms.HiddenInput(),
        error_messages={
            "required": _("Appuyez sur le bouton, puis suivez ce que demande votre appareil.")
        },
    )


def six_digits(help_text: object) -> forms.CharField:
    """The code that an authenticator shows."""
    return forms.CharField(
        label=_("Code à six chiffres"),
        help_text=help_text,  # type: ignore[arg-type]  # a lazy text
        max_length=20,
        widget=Code(),
        error_messages={"required": _("Indiquez le code affiché par votre application.")},
    )


class PasskeyForm(forms.Form):
    """A passkey, shown."""

    answer = passkey_answer()


class CodeForm(forms.Form):
    """The six digits that the authenticator shows, and which authenticator if there are several."""

    code = six_digits(_("Il change toutes les trente secondes et ne sert qu'une fois."))

    def __init__(self, *args: Any, devices: Sequence[Offer], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(devices) > 1:
            choices = [(str(device.device_id), device.name) for device in devices]
            self.fields["device"] = forms.ChoiceField(
                label=_("Avec quelle application ?"),
                choices=choices,
                initial=choices[0][0],
                widget=RadioChoices(),
                error_messages={
                    "required": _("Choisissez une application."),
                    "invalid_choice": _("Choisissez une des applications proposées."),
                },
            )
            self.order_fields(["device", "code"])


class BackupForm(forms.Form):
    """One code of the printed sheet."""

    backup_code = forms.CharField(
        label=_("Code de secours"),
        help_text=_("Douze caractères, avec ou sans tirets. Chaque code ne sert qu'une fois."),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Recopiez un des codes de votre feuille.")},
    )


class FactorForms:
    """The forms of every way that this person has; the one that was sent is bound."""

    def __init__(self, offers: Sequence[Offer], data: Mapping[str, Any] | None = None) -> None:
        by_kind = {kind: [offer for offer in offers if offer.kind is kind] for kind in Kind}
        sent = str(data.get("way") or Kind.TOTP) if data is not None else ""
        self._sent = Kind(sent) if sent in set(Kind) else (Kind.TOTP if sent else None)

        def bound(kind: Kind) -> Mapping[str, Any] | None:
            return data if self._sent is kind else None

        self.none = not offers
        self.passkey = PasskeyForm(bound(Kind.PASSKEY)) if by_kind[Kind.PASSKEY] else None
        totp = by_kind[Kind.TOTP]
        self.code = CodeForm(bound(Kind.TOTP), devices=totp) if totp else None
        if self.code and not self.passkey:
            # The one thing to do on the page. An error above it takes the focus first.
            self.code.fields["code"].widget.attrs["autofocus"] = True
        backup = by_kind[Kind.BACKUP]
        self.backup = BackupForm(bound(Kind.BACKUP)) if backup else None
        self.backup_left = backup[0].left if backup else 0
        self.backup_open = self._sent is Kind.BACKUP or len(offers) == len(backup)

    @property
    def sent(self) -> forms.Form | None:
        """The form that was sent, when this person has that way at all."""
        forms_of = {Kind.PASSKEY: self.passkey, Kind.TOTP: self.code, Kind.BACKUP: self.backup}
        return forms_of[self._sent] if self._sent else None

    def valid(self) -> bool:
        """Whether something was sent in a shape that can be checked."""
        return self.sent is not None and self.sent.is_valid()

    @property
    def shown(self) -> Shown:
        """What was sent, once ``valid()``."""
        assert self.sent is not None  # noqa: S101  said by valid()
        said = self.sent.cleaned_data
        if self._sent is Kind.PASSKEY:
            return Shown(Kind.PASSKEY, said["answer"])
        if self._sent is Kind.BACKUP:
            return Shown(Kind.BACKUP, said["backup_code"])
        device = said.get("device")
        return Shown(Kind.TOTP, said["code"], int(device) if device else None)

    def refuse(self, refusal: DomainError) -> None:
        """Say what is wrong above the form that was sent; no code is ever sent back."""
        form = self.sent
        if form is None:
            return
        secrets = {"code", "backup_code", "answer"}
        form.data = {name: value for name, value in form.data.items() if name not in secrets}
        form.add_error(None, str(refusal.message))
