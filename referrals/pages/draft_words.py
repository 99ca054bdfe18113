"""The answers of the escalation form in words: what a person reads when two versions differ."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import cast

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from referrals.intake.forms import FORMSETS, SituationForm

PART = re.compile(r"(\w+)-(\d+)-(\w+)")
ITEMS = {
    "targets": gettext_lazy("Élève cible %(number)s"),
    "presumed": gettext_lazy("Auteur présumé %(number)s"),
    "witnesses": gettext_lazy("Témoin %(number)s"),
    "facts": gettext_lazy("Fait relaté %(number)s"),
}


def in_words(changed: Mapping[str, object]) -> dict[str, str]:
    """Labels of the form to readable answers; what is no question of the form is left out."""
    found: dict[str, str] = {}
    for name, value in changed.items():
        label, field = _question(name)
        if field is not None:
            found[label] = _answer(field, str(value))
    return found


def _question(name: str) -> tuple[str, forms.Field | None]:
    """The wording of a question, with the block that it stands in, and its field."""
    part = PART.fullmatch(name)
    if part is None:
        field = SituationForm.base_fields.get(name)
        return (str(field.label), field) if field else ("", None)
    prefix, index, own = part.groups()
    if prefix not in FORMSETS:
        return "", None
    field = FORMSETS[prefix].form.base_fields.get(own)
    if field is None:
        return "", None
    item = str(ITEMS[prefix]) % {"number": int(index) + 1}
    return _("%(item)s, %(question)s") % {"item": item, "question": field.label}, field


def _answer(field: forms.Field, value: str) -> str:
    """The label of a choice, a date as people write it, or the words themselves."""
    if not value:
        return _("(rien)")
    if isinstance(field, forms.ChoiceField):
        choices = cast(Iterable[tuple[object, object]], field.choices)
        labels = {str(code): str(label) for code, label in choices}
        return ", ".join(labels.get(code, code) for code in value.split(", "))
    if isinstance(field, forms.BooleanField):
        return _("oui")
    if isinstance(field, forms.DateField):
        return _day(value)
    return value


def _day(value: str) -> str:
    try:
        return date_format(date.fromisoformat(value), "j F Y")
    except ValueError:
        return value
