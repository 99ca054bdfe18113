"""What can be pressed."""

from typing import Any
from uuid import uuid4

from django.template import Context
from django.utils.safestring import SafeString

from kernel.ui.components.registry import draw, register, seat_of


@register.inclusion_tag("ui/button.html")
def ui_button(
    label: Any,
    *,
    variant: str = "primary",
    type: str = "",
    name: str = "",
    value: Any = "",
    dialog: str = "",
    close: bool = False,
    formaction: str = "",
) -> dict[str, Any]:
    """A button; it submits its form unless it opens or closes a dialog."""
    return {
        "label": label,
        "variant": variant,
        "type": type or ("button" if dialog or close else "submit"),
        "name": name,
        "value": value,
        "dialog": dialog,
        "close": close,
        "formaction": formaction,
    }


@register.inclusion_tag("ui/link_button.html")
def ui_link_button(
    label: Any, url: str, *, variant: str = "secondary", download: bool = False
) -> dict[str, Any]:
    """A link that looks like a button."""
    return {"label": label, "url": url, "variant": variant, "download": download}


@register.simple_block_tag(takes_context=True)
def ui_buttons(context: Context, content: str) -> SafeString:
    """A row of buttons, one below the other on a phone."""
    return draw(context, "buttons", content=content)


@register.inclusion_tag("ui/action.html", takes_context=True)
def ui_action(
    context: Context,
    label: Any,
    url: str,
    *,
    variant: str = "secondary",
    version: int | None = None,
    name: str = "",
    value: Any = "",
) -> dict[str, Any]:
    """A whole form of one button."""
    return {
        "label": label,
        "url": url,
        "variant": variant,
        "version": version,
        "name": name,
        "value": value,
        "key": uuid4().hex,
        "seat": seat_of(context),
    }


@register.inclusion_tag("ui/reveal.html", takes_context=True)
def ui_reveal(context: Context, label: Any, url: str) -> dict[str, Any]:
    """A POST whose answer takes the place of the button."""
    return {"label": label, "url": url, "key": uuid4().hex, "seat": seat_of(context)}


@register.inclusion_tag("ui/resend.html", takes_context=True)
def ui_resend(
    context: Context, url: str, fields: Any, *, label: Any, at_once: bool = True
) -> dict[str, Any]:
    """What was sent before, to be sent once more: by a script at once, without one by a press.

    ``fields`` are pairs of name and value; they are not shown.
    """
    return {"url": url, "fields": fields, "label": label, "at_once": at_once}
