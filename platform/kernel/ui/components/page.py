"""The parts of a page: where we are, its title, its sections and columns."""

from typing import Any

from django.template import Context
from django.utils.safestring import SafeString

from kernel.ui.components.registry import draw, register


@register.inclusion_tag("ui/breadcrumb.html")
def ui_breadcrumb(*parts: Any) -> dict[str, Any]:
    """Labels and URLs by turns; the last label is the page itself."""
    pairs = [
        {"label": parts[i], "url": parts[i + 1] if i + 1 < len(parts) else ""}
        for i in range(0, len(parts), 2)
    ]
    return {"crumbs": pairs}


@register.simple_block_tag(takes_context=True)
def ui_heading(
    context: Context, content: str, title: Any, *, eyebrow: Any = "", lead: Any = ""
) -> SafeString:
    """The only ``h1`` of a page, with what belongs beside it."""
    return draw(context, "heading", content=content, title=title, eyebrow=eyebrow, lead=lead)


@register.simple_block_tag(takes_context=True)
def ui_section(
    context: Context, content: str, title: Any, *, id: str = "", lead: Any = "", level: int = 2
) -> SafeString:
    """A titled part of a page."""
    return draw(context, "section", content=content, title=title, id=id, lead=lead, level=level)


@register.simple_block_tag(takes_context=True)
def ui_split(context: Context, content: str) -> SafeString:
    """A main column and a side column, one below the other on a phone."""
    return draw(context, "split", content=content)


@register.simple_block_tag(takes_context=True)
def ui_main(context: Context, content: str) -> SafeString:
    """The wide column of a split."""
    return draw(context, "split_main", content=content)


@register.simple_block_tag(takes_context=True)
def ui_aside(context: Context, content: str, label: Any) -> SafeString:
    """The narrow column of a split, named for those who do not see it."""
    return draw(context, "split_aside", content=content, label=label)


@register.simple_block_tag(takes_context=True)
def ui_cards(context: Context, content: str) -> SafeString:
    """A grid of cards."""
    return draw(context, "cards", content=content)


@register.simple_block_tag(takes_context=True)
def ui_preview(context: Context, content: str, label: Any) -> SafeString:
    """A page as somebody else receives it: to be read, with every button and field switched off."""
    return draw(context, "preview", content=content, label=label)


@register.simple_block_tag(takes_context=True)
def ui_fold(
    context: Context, content: str, summary: Any, *, open: bool = False, narrow: bool = False
) -> SafeString:
    """A part that opens on demand; ``narrow`` for one that a wide window shows as it is.

    A browser that does not know how to show it (before 2025) folds it at every width.
    """
    return draw(context, "fold", content=content, summary=summary, open=open, narrow=narrow)
