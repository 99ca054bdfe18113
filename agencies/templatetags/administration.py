"""The menu above every page of the administration."""

from __future__ import annotations

from typing import Any

from django import template

from agencies.navigation import sections

register = template.Library()


@register.inclusion_tag("agencies/cell/_menu.html", takes_context=True)
def administration_menu(context: dict[str, Any], here: str) -> dict[str, object]:
    """The parts that this person has. Nothing for whoever has one part only."""
    parts = sections(context["viewer"])
    return {"sections": parts if len(parts) > 1 else [], "here": here}
