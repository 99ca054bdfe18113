"""What the layout itself needs; pages load ``ui``."""

from django.template import Library

register = Library()

TONE_OF_LEVEL = {"success": "success", "warning": "warning", "error": "danger"}


@register.filter
def tone_of_level(level: str) -> str:
    """The tone of a Django message."""
    return TONE_OF_LEVEL.get(level, "info")
