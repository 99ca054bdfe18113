"""What is sent from a page belongs to the seat that the page was made for.

Somebody who changes seats in one tab has other tabs open: what is sent from those is refused,
whatever it is, before any view runs. Forms carry the seat by themselves; a program that calls the
API may say which seat it means.
"""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from kernel.errors import Conflict
from kernel.viewer import Viewer

FIELD: Final = "_seat"
HEADER: Final = "X-Seat"
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
Answer = Callable[[HttpRequest, Viewer, UUID], HttpResponse]
_pages: list[Answer] = []


class OtherSeat(Conflict):
    """It was written in another of this person's seats."""

    code = "other_seat"
    default = _(
        "Vous avez changé de rôle dans un autre onglet. Rien n'a été envoyé : reprenez le rôle "
        "dans lequel vous aviez commencé, ou rechargez la page."
    )


def shown_by(page: Answer) -> Answer:
    """Register the page that says so and keeps what was typed; without one the 409 page does."""
    _pages[:] = [page]
    return page


def seat_meant(request: HttpRequest, viewer: Viewer) -> str | None:
    """The other seat that a write was made for, as it was sent; None when it is the viewer's."""
    if request.method in READING:
        return None
    meant = request.headers.get(HEADER)
    if not meant and not request.path.startswith("/api/"):
        meant = request.POST.get(FIELD)
    return None if not meant or meant == str(viewer.seat_id) else meant


def page_for(request: HttpRequest, viewer: Viewer, meant: str) -> HttpResponse | None:
    """The registered page, for a browser that shows whole pages and a seat that can be one."""
    whole = not request.path.startswith("/api/") and not getattr(request, "htmx", False)
    if not whole or not _pages or "X-Autosave" in request.headers:
        return None
    try:
        seat_id = UUID(meant)
    except ValueError:
        return None
    return _pages[0](request, viewer, seat_id)
