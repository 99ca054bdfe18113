"""How something goes over time: bars, drawn; the numbers stand in a table beside them."""

from collections.abc import Sequence
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from kernel.ui.components.registry import register

WIDTH, HEIGHT = 720, 120


@register.simple_tag
def ui_chart(label: Any, bars: Sequence[tuple[Any, int, int]]) -> SafeString:
    """Bars of (label, value, part of it that is to be noticed), as a picture with one name."""
    most = max((value for _label, value, _part in bars), default=0) or 1
    step = WIDTH / max(1, len(bars))
    drawn = format_html_join(
        "",
        "<g><title>{}</title>{}{}</g>",
        (
            (
                f"{name} : {value}",
                _bar(at * step, step, value / most, "0.45"),
                _bar(at * step, step, part / most, "1"),
            )
            for at, (name, value, part) in enumerate(bars)
        ),
    )
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" width="100%" height="{}" role="img"'
        ' aria-label="{}" preserveAspectRatio="none" fill="currentColor">{}</svg>',
        *(str(WIDTH), str(HEIGHT), str(HEIGHT), label, drawn),
    )


def _bar(left: float, step: float, share: float, opacity: str) -> SafeString:
    if share <= 0:
        return SafeString("")
    # Something is never drawn as nothing.
    high = max(2.0, share * HEIGHT)
    return format_html(
        '<rect x="{}" y="{}" width="{}" height="{}" opacity="{}"></rect>',
        f"{left + step * 0.1:.1f}",
        f"{HEIGHT - high:.1f}",
        f"{step * 0.8:.1f}",
        f"{high:.1f}",
        opacity,
    )
