"""Draws a ``select`` as Django's templates do, in a small part of their time.

A filter of people or of schools has thousands of options, and a template for each of them took
most of the time of a page.
"""

from collections.abc import Mapping
from html import escape
from typing import Any

from django import forms
from django.utils.formats import localize
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

_TEMPLATES = (forms.Select.template_name, forms.Select.option_template_name)


def is_plain(widget: forms.Select) -> bool:
    """Whether nothing but Django's own templates would draw it."""
    return (widget.template_name, widget.option_template_name) == _TEMPLATES


def drawn(widget: forms.Select, name: str, value: Any, attrs: dict[str, Any]) -> SafeString:
    """The control, to the letter what Django's templates give."""
    described = widget.get_context(name, value, attrs)["widget"]
    parts = [f'<select name="{conditional_escape(described["name"])}"']
    parts += [_attributes(described["attrs"]), ">"]
    for group, options, _index in described["optgroups"]:
        if group:
            parts.append(f'\n  <optgroup label="{_text(group)}">')
        for option in options:
            said = _attributes(option["attrs"]) if option["attrs"] else ""
            parts.append(
                f'\n  <option value="{_plain(option["value"])}"{said}>'
                f"{_text(option['label'])}</option>\n"
            )
        if group:
            parts.append("\n  </optgroup>")
    parts.append("\n</select>")
    return mark_safe("".join(parts))  # noqa: S308  each part is escaped


def _attributes(attrs: Mapping[str, Any]) -> str:
    return "".join(
        f" {_text(name)}" if value is True else f' {_text(name)}="{_plain(value)}"'
        for name, value in attrs.items()
        if value is not False
    )


def _text(value: Any) -> str:
    return escape(value) if type(value) is str else conditional_escape(localize(value))


def _plain(value: Any) -> str:
    """Never in the manner of a language: 1000 stays 1000."""
    if type(value) is str:
        return escape(value)
    return conditional_escape(value if isinstance(value, str) else str(value))
