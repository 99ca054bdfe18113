"""What a person must be told."""

from typing import Any

from django.template import Context
from django.utils.safestring import SafeString

from kernel.ui.components.display import known_tone
from kernel.ui.components.registry import draw, register


@register.simple_block_tag(takes_context=True)
def ui_notice(
    context: Context, content: str, title: Any, *, tone: str = "info", answer: bool = False
) -> SafeString:
    """A message in the page; ``answer`` for what was just asked, which takes the focus."""
    return draw(
        context, "notice", content=content, title=title, tone=known_tone(tone), answer=answer
    )


@register.simple_block_tag(takes_context=True)
def ui_emergency(context: Context, content: str, title: Any) -> SafeString:
    """Telephone numbers that must be seen before anything else."""
    return draw(context, "emergency", content=content, title=title)


@register.inclusion_tag("ui/number.html")
def ui_number(number: str, label: Any) -> dict[str, Any]:
    """One number to press."""
    return {"number": number, "digits": "".join(number.split()), "label": label}


@register.simple_block_tag(takes_context=True)
def ui_dialog(
    context: Context, content: str, id: str, title: Any, *, open: bool = False
) -> SafeString:
    """A question or a small form above the page."""
    return draw(context, "dialog", content=content, id=id, title=title, open=open)
