"""Words, values and cards."""

from datetime import date, datetime, time
from typing import Any

from django.template import Context
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kernel.ui.components.registry import draw, register
from kernel.ui.patterns import STATUS, TAG, TIME

TONES = frozenset({"neutral", "info", "progress", "success", "warning", "danger"})

STYLES = {
    "date": "j F Y",
    "short": "d/m/Y",
    "stamp": "d/m/Y H:i",
    "time": "H:i",
    "datetime": _("j F Y à H:i"),
}
"""As Django writes patterns of dates; a word in one is said in the language of the page."""


def known_tone(tone: str) -> str:
    """The tone, or neutral: a page never breaks over a colour."""
    return tone if tone in TONES else "neutral"


@register.simple_tag
def ui_tag(label: Any) -> SafeString:
    """A word that classifies."""
    return format_html(TAG, label)


@register.simple_tag
def ui_status(label: Any, *, tone: str = "neutral") -> SafeString:
    """Where something stands: a colour, a shape and the words."""
    return format_html(STATUS, known_tone(tone), label)


@register.inclusion_tag("ui/prose.html")
def ui_prose(text: Any) -> dict[str, Any]:
    """A person's own text with its line breaks."""
    return {"text": text}


@register.simple_tag
def ui_time(value: datetime | date | time | None, *, style: str = "datetime") -> SafeString | str:
    """A date or an hour as people write it, in local time."""
    if value is None:
        return ""
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    elif isinstance(value, date) and not isinstance(value, datetime):
        style = "short" if style in ("short", "stamp") else "date"
    elif isinstance(value, time):
        style = "time"
    pattern = str(STYLES.get(style, STYLES["datetime"]))
    words = time_format(value, pattern) if isinstance(value, time) else date_format(value, pattern)
    if words.startswith("1 ") and (get_language() or "").startswith("fr"):
        words = f"1er{words[1:]}"
    return format_html(TIME, value.isoformat(), words)


@register.simple_block_tag(takes_context=True)
def ui_definitions(context: Context, content: str) -> SafeString:
    """A list of labels and values."""
    return draw(context, "definitions", content=content)


@register.simple_block_tag(takes_context=True)
def ui_definition(context: Context, content: str, label: Any) -> SafeString:
    """One label and its value."""
    return draw(context, "definition", content=content, label=label)


@register.simple_block_tag(takes_context=True)
def ui_card(
    context: Context, content: str, title: Any, *, url: str = "", eyebrow: Any = "", tone: str = ""
) -> SafeString:
    """A card; with a URL the whole card leads there."""
    return draw(
        context,
        "card",
        content=content,
        title=title,
        url=url,
        eyebrow=eyebrow,
        tone=known_tone(tone) if tone else "",
    )


@register.inclusion_tag("ui/next_action.html")
def ui_next_action(
    title: Any, text: Any, label: Any, url: str, *, tone: str = "info", due: Any = None
) -> dict[str, Any]:
    """What this person should do next."""
    return {
        "title": title,
        "text": text,
        "label": label,
        "url": url,
        "tone": known_tone(tone),
        "due": due,
    }


@register.inclusion_tag("ui/figure.html")
def ui_figure(label: Any, value: Any, *, detail: Any = "") -> dict[str, Any]:
    """One number with its name."""
    return {"label": label, "value": value, "detail": detail}


@register.simple_block_tag(takes_context=True)
def ui_people(context: Context, content: str, label: Any) -> SafeString:
    """The people in a room."""
    return draw(context, "people", content=content, label=label)


@register.inclusion_tag("ui/person.html")
def ui_person(
    name: Any, *, detail: Any = "", state: Any = "", tone: str = "neutral"
) -> dict[str, Any]:
    """One person, by the name the page has the right to show."""
    return {"name": name, "detail": detail, "state": state, "tone": known_tone(tone)}


@register.simple_block_tag(takes_context=True)
def ui_empty(context: Context, content: str, title: Any, *, text: Any = "") -> SafeString:
    """Nothing to show, and what to do about it."""
    return draw(context, "empty", content=content, title=title, text=text)


@register.inclusion_tag("ui/sheet.html")
def ui_sheet(url: str, alt: Any, *, number: int = 0, zones: str = "") -> dict[str, Any]:
    """A page or a picture that the server draws, as wide as there is room.

    With the prefix of a formset of ``page``, ``left``, ``top``, ``width`` and ``height``, in
    hundredths of the page, its parts are shown on page ``number`` and can be drawn there.
    """
    return {"url": url, "alt": alt, "number": number, "zones": zones}
