"""What a component needs to know about a form field, whatever its widget."""

from typing import Any

from django import forms
from django.forms import BaseForm
from django.forms.boundfield import BoundField, BoundWidget
from django.forms.formsets import BaseFormSet
from django.forms.renderers import DjangoTemplates
from django.utils.functional import cached_property
from django.utils.safestring import SafeString

from kernel.ui import selects

# Widgets keep Django's own templates whatever FORM_RENDERER says: our templates are around them.
RENDERER = DjangoTemplates()


class Choice:
    """One radio button or checkbox of a group."""

    def __init__(self, widget: forms.widgets.ChoiceWidget, option: dict[str, Any]) -> None:
        self.widget = widget
        self.option = option
        self.id = option["attrs"].get("id", "")
        self.label = option["label"]
        self.hint = getattr(widget, "hints", {}).get(str(option["value"]), "")

    @cached_property
    def control(self) -> SafeString:
        """The bare input, described by its own hint."""
        attrs = dict(self.option["attrs"])
        if self.hint:
            attrs["aria-describedby"] = f"{self.id}-hint"
        return BoundWidget(self.widget, {**self.option, "attrs": attrs}, RENDERER).tag()


def described(
    field: BoundField,
    *,
    rows: int | None = None,
    show_when: str = "",
    label: Any = None,
    hint: Any = None,
) -> dict[str, Any]:
    """Everything that a field's template prints."""
    widget = field.field.widget
    kind = _kind(field)
    identifier = field.auto_id or field.html_name
    hint = field.help_text if hint is None else hint
    errors = list(field.errors)
    described_by = [f"{identifier}-hint"] if hint else []
    described_by += [f"{identifier}-error"] if errors else []
    values: dict[str, Any] = {
        "kind": kind,
        "id": identifier,
        "name": field.html_name,
        "label": field.label if label is None else label,
        "hint": hint,
        "errors": errors,
        "required": field.field.required,
        "described_by": " ".join(described_by),
        "show_when": _in_this_form(field, show_when),
    }
    attrs: dict[str, Any] = {"id": identifier, "class": _css_class(kind, widget)}
    if kind == "choices":
        options = widget.subwidgets(
            field.html_name, field.value(), field.build_widget_attrs(attrs, widget)
        )
        return values | {
            "choices": [Choice(widget, _bare(option)) for option in options],
            "many": isinstance(widget, forms.CheckboxSelectMultiple),
        }
    attrs["aria-describedby"] = values["described_by"] or None
    if errors:
        attrs["aria-invalid"] = "true"
    if rows:
        attrs["rows"] = rows
    return values | {"control": _control(field, attrs)}


def hidden_of(form: BaseForm) -> list[SafeString]:
    """The hidden controls of a form."""
    return [_control(field, {}) for field in form.hidden_fields()]


def summary_of(form: BaseForm | BaseFormSet) -> list[dict[str, Any]]:
    """Each error of a form or formset with the control it is about, in the order of the page."""
    if isinstance(form, BaseFormSet):
        if not form.is_bound:
            return []
        lines = [{"message": message, "target": ""} for message in form.non_form_errors()]
        return lines + [line for one in form.forms for line in summary_of(one)]
    if not form.is_bound and getattr(form, "_errors", None) is None:
        return []
    lines = [{"message": message, "target": ""} for message in form.non_field_errors()]
    for field in form:
        lines += [
            {"message": message, "target": _first_control(field), "label": field.label}
            for message in field.errors
        ]
    return lines


def _kind(field: BoundField) -> str:
    widget = field.field.widget
    if field.is_hidden:
        return "hidden"
    if isinstance(widget, forms.RadioSelect):
        return "choices"
    if isinstance(widget, forms.CheckboxInput):
        return "checkbox"
    return "control"


def _css_class(kind: str, widget: forms.Widget) -> str:
    if kind in ("choices", "checkbox"):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"


def _bare(option: dict[str, Any]) -> dict[str, Any]:
    """An option without the group's own description: the fieldset carries it."""
    attrs = {k: v for k, v in option["attrs"].items() if not k.startswith("aria-")}
    return {**option, "attrs": attrs}


def _control(field: BoundField, attrs: dict[str, Any]) -> SafeString:
    """The control itself. A None among the attributes keeps Django from adding its own."""
    widget = field.field.widget
    if field.auto_id and "id" not in widget.attrs:
        attrs.setdefault("id", field.auto_id)
    if field.field.localize:
        widget.is_localized = True
    attrs = field.build_widget_attrs(attrs, widget)
    attrs = {name: value for name, value in attrs.items() if value is not None}
    if isinstance(widget, forms.Select) and selects.is_plain(widget):
        return selects.drawn(widget, field.html_name, field.value(), attrs)
    return widget.render(field.html_name, field.value(), attrs=attrs, renderer=RENDERER)


def _first_control(field: BoundField) -> str:
    identifier = field.auto_id or field.html_name
    return f"{identifier}_0" if _kind(field) == "choices" else identifier


def _in_this_form(field: BoundField, condition: str) -> str:
    """``kind=other`` with the full name that ``kind`` has in this form."""
    if not condition:
        return ""
    name, separator, values = condition.partition("=")
    return f"{field.form.add_prefix(name)}{separator}{values}"
