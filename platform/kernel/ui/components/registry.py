"""The library that every component registers with, and how one is drawn."""

from typing import Any

from django.template import Context, Engine, Library
from django.utils.safestring import SafeString

register = Library()


def draw(context: Context, name: str, /, **values: Any) -> SafeString:
    """Render a component from these values alone, so that a page's variables never leak into it.

    The CSRF token and the seat that the page is for come along because forms need them.
    """
    template = Engine.get_default().get_template(f"ui/{name}.html")
    own = context.new(values)
    token = context.get("csrf_token")
    if token is not None:
        own["csrf_token"] = token
    own["seat"] = seat_of(context)
    return template.render(own)


def seat_of(context: Context) -> Any:
    """The seat that the page was made for; what is sent from it is refused in another."""
    return getattr(context.get("viewer"), "seat_id", "")
