"""Widgets that suit the components, and how a refusal reaches the fields of a form."""

from collections.abc import Mapping
from typing import Any

from django import forms

from kernel.errors import DomainError


class DateInput(forms.DateInput):
    """The browser's own date picker. It reads and writes ISO dates whatever the language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """The browser's own time picker."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class DateTimeInput(forms.DateTimeInput):
    """The browser's own picker of a date and an hour, in local time."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class RadioChoices(forms.RadioSelect):
    """Radio buttons, with a sentence under those that need one."""

    def __init__(
        self, attrs: dict[str, Any] | None = None, *, hints: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(attrs)
        self.hints = dict(hints or {})


class CheckboxChoices(forms.CheckboxSelectMultiple):
    """Checkboxes, with a sentence under those that need one."""

    def __init__(
        self, attrs: dict[str, Any] | None = None, *, hints: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(attrs)
        self.hints = dict(hints or {})


class Code(forms.TextInput):
    """A one-time code: numeric keyboard, and the browser may offer the code it received."""

    def __init__(self, attrs: dict[str, Any] | None = None, *, length: int = 6) -> None:
        defaults = {
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "maxlength": str(length),
            "spellcheck": "false",
        }
        super().__init__(defaults | (attrs or {}))


class PlainTextarea(forms.Textarea):
    """A text area whose words are not sent to a spelling service by the browser."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"spellcheck": "false", "rows": 5} | (attrs or {}))


def show_refusal(form: forms.BaseForm, refusal: DomainError) -> None:
    """Put what a service refused on the fields it is about, and the rest above the form."""
    placed = False
    for name, messages in refusal.fields.items():
        placed = True
        form.add_error(name if name in form.fields else None, [str(m) for m in messages])
    if not placed:
        form.add_error(None, str(refusal.message))
    form.way_out = refusal.way_out  # type: ignore[attr-defined]  # shown by ui_errors
