"""What happened, and how far we are."""

from typing import Any

from django.template import Context
from django.utils.safestring import SafeString

from kernel.ui.components.display import known_tone
from kernel.ui.components.registry import draw, register


@register.simple_block_tag(takes_context=True)
def ui_timeline(context: Context, content: str, *, label: Any = "") -> SafeString:
    """What happened, in order."""
    return draw(context, "timeline", content=content, label=label)


@register.simple_block_tag(takes_context=True)
def ui_event(
    context: Context,
    content: str,
    title: Any,
    when: Any,
    *,
    actor: Any = "",
    tone: str = "neutral",
) -> SafeString:
    """One thing that happened."""
    return draw(
        context,
        "event",
        content=content,
        title=title,
        when=when,
        actor=actor,
        tone=known_tone(tone),
    )


@register.inclusion_tag("ui/steps.html")
def ui_steps(current: int, *labels: Any) -> dict[str, Any]:
    """Where we are among named steps; the first is number 1."""
    steps = [
        {
            "label": label,
            "number": number,
            "state": "done" if number < current else "current" if number == current else "ahead",
        }
        for number, label in enumerate(labels, start=1)
    ]
    return {"steps": steps, "current": current, "total": len(steps)}


@register.inclusion_tag("ui/progress.html")
def ui_progress(label: Any, value: int, max: int) -> dict[str, Any]:
    """How much of a known whole is done."""
    return {"label": label, "value": value, "max": max}


@register.inclusion_tag("ui/filters.html")
def ui_filters(label: Any, current: str, choices: list[tuple[str, Any, str]]) -> dict[str, Any]:
    """Ready-made views of a list: (code, name, URL) each; ``current`` is the code in force."""
    return {"label": label, "current": current, "choices": choices}


@register.inclusion_tag("ui/pagination.html")
def ui_pagination(
    *, previous: str | None = None, next: str | None = None, label: Any = ""
) -> dict[str, Any]:
    """The page before and the page after, where there is one."""
    return {"previous": previous, "next": next, "label": label}
