"""Parts of a page that follow what others do."""

import re
from collections.abc import Iterable
from typing import Any

from django.template import Context
from django.utils.safestring import SafeString

from kernel.ui.components.registry import draw, register


@register.simple_block_tag(takes_context=True)
def ui_live(
    context: Context,
    content: str,
    room: str,
    seq: int | None,
    *,
    url: str = "",
    id: str = "",
    announce: Any = "",
    on: str = "",
) -> SafeString:
    """Watches a room; with a URL it fetches itself again when something happens there."""
    kinds = [kind for kind in re.split(r"[,\s]+", on) if kind]
    return draw(
        context,
        "live",
        content=content,
        room=room,
        seq=seq or 0,
        url=url,
        id=id or "live-" + re.sub(r"[^A-Za-z0-9-]", "-", room),
        announce=announce,
        trigger=", ".join(f"live:{kind} delay:150ms" for kind in kinds) or "live",
    )


@register.simple_block_tag(takes_context=True)
def ui_live_all(
    context: Context,
    content: str,
    rooms: Iterable[tuple[str, int]],
    *,
    id: str,
    announce: Any = "",
) -> SafeString:
    """Watches several rooms; fetches itself again when something happens in any of them."""
    return draw(
        context,
        "live_all",
        content=content,
        rooms=list(rooms),
        id=id,
        announce=announce,
        url=context["request"].get_full_path(),
    )


@register.inclusion_tag("ui/live_state.html")
def ui_live_state() -> dict[str, Any]:
    """Where the state of the connection is shown."""
    return {}
