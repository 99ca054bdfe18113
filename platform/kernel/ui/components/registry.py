"""The library that every component registers with, and how one is drawn."""

from typing import Any

from django.template import Context, Engine, Library
from django.utils.safestring import SafeString

register = Library()


def draw(context: Context, name: str, /, **values: Any) -> SafeString:
    """Render a component from these values alone, so that a page's variables never leak into it.

    The CSRF token comes along because forms need it.
    """
    template = Engine.get_default().get_template(f"ui/{name}.html")
    own = context.new(values)
    token = context.get("csrf_token")
    if token is not None:
        own["csrf_token"] = token
    return template.render(own)
