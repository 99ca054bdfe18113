"""Forms, fields and what is wrong with them."""

from typing import Any
from uuid import uuid4

from django.forms import BaseForm
from django.forms.boundfield import BoundField
from django.forms.formsets import BaseFormSet
from django.template import Context
from django.utils.safestring import SafeString

from kernel.ui.components.registry import draw, register
from kernel.ui.fields import described, summary_of


@register.simple_block_tag(takes_context=True)
def ui_form(
    context: Context,
    content: str,
    *,
    action: str = "",
    method: str = "post",
    version: int | None = None,
    key: str | None = None,
    autosave: str = "",
    multipart: bool = False,
    id: str = "",
    label: Any = "",
    unsaved: bool = False,
) -> SafeString:
    """A form that is protected, safe to send twice, and saved while it is filled in when asked.

    ``unsaved`` says that it shows words which the server has not kept.
    """
    return draw(
        context,
        "form",
        content=content,
        action=action,
        method=method,
        version=version,
        key=(key or uuid4().hex) if method == "post" else "",
        autosave=autosave,
        multipart=multipart,
        id=id,
        label=label,
        unsaved=unsaved,
    )


@register.simple_tag(takes_context=True)
def ui_field(
    context: Context,
    field: BoundField,
    *,
    rows: int | None = None,
    show_when: str = "",
    label: Any = None,
    hint: Any = None,
    width: str = "",
    required: bool = False,
    one_of_several: bool = False,
) -> SafeString:
    """A field with its label, its hint and its errors.

    ``required`` is for one that the form asks for only beside another answer, when that is given;
    ``one_of_several`` for one of those of which any is enough: none of them is called optional.
    """
    values = described(field, rows=rows, show_when=show_when, label=label, hint=hint)
    values["required"] = values["required"] or required
    values["one_of_several"] = one_of_several
    return draw(context, "field_" + values["kind"], width=width, **values)


@register.inclusion_tag("ui/errors.html")
def ui_errors(*forms: BaseForm | BaseFormSet) -> dict[str, Any]:
    """Everything that is wrong, each line leading to its field, and what can be done instead."""
    return {
        "errors": [line for form in forms if form for line in summary_of(form)],
        "ways_out": [way for form in forms if (way := getattr(form, "way_out", None))],
    }


@register.simple_block_tag(takes_context=True)
def ui_fieldset(context: Context, content: str, legend: Any, *, hint: Any = "") -> SafeString:
    """A named group of fields."""
    return draw(context, "fieldset", content=content, legend=legend, hint=hint, id=uuid4().hex[:8])


@register.simple_block_tag(takes_context=True)
def ui_inline(context: Context, content: str) -> SafeString:
    """Fields side by side where there is room."""
    return draw(context, "inline", content=content)


@register.simple_block_tag(takes_context=True)
def ui_when(context: Context, content: str, field: BoundField, *values: str) -> SafeString:
    """A part that matters only while the field has one of these values."""
    condition = f"{field.html_name}={'|'.join(values)}"
    return draw(context, "when", content=content, condition=condition)


@register.inclusion_tag("ui/hidden.html")
def ui_hidden(name: str, value: Any) -> dict[str, Any]:
    """A value that goes with the form unseen."""
    return {"name": name, "value": value}


@register.inclusion_tag("ui/autosave_state.html")
def ui_autosave_state() -> dict[str, Any]:
    """Where the form says whether it is saved."""
    return {}


@register.simple_tag(takes_context=True)
def ui_upload(
    context: Context,
    field: BoundField,
    upload: BoundField,
    name: BoundField,
    *,
    url: str,
    about: Any,
    unless: str = "",
) -> SafeString:
    """A file that a script sends in parts before the form goes, and resumes when it is interrupted.

    ``url`` is where it begins, ``about`` what it is for; with the answer ``unless``, "name=value",
    the file stays where it is. Without a script the form takes it along.
    """
    values = described(field) | {"required": True}
    hidden = {"upload_name": upload.html_name, "name_name": name.html_name}
    arrived = {"upload": upload.value() or "", "arrived": name.value() or ""}
    about_it = {"url": url, "about": about, "unless": unless}
    return draw(context, "upload", **about_it, **hidden, **arrived, **values)
