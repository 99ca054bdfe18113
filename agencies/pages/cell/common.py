"""What every page of a cell's administration shares."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, Final, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agencies.services.administering import administering
from kernel.http.pages import page
from kernel.viewer import Viewer

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Viewer, P], HttpResponse]
MOST_PAGES: Final = 10_000

SECTIONS: Final = (
    ("cell", _("Vue d'ensemble")),
    ("cell_agencies", _("Organismes")),
    ("cell_protocol", _("Protocole")),
    ("cell_rules", _("Règles")),
    ("cell_territories", _("Territoire")),
)
"""The parts of the administration, by the name of their page."""
WITH_A_PROVIDER: Final = ("providers", _("Fournisseurs d'identité"))


def administration(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A page that exists for the administration of a cell and for nobody else."""

    @functools.wraps(view)
    def guarded(
        request: HttpRequest, viewer: Viewer, /, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        administering(viewer)
        return view(request, viewer, *args, **kwargs)

    return page(guarded)


def sections() -> list[tuple[str, object, str]]:
    """The parts of the administration as the menu above each page shows them."""
    shown = SECTIONS if settings.IDENTITY_PROVIDER is None else (*SECTIONS, WITH_A_PROVIDER)
    return [(name, label, reverse(f"agencies:{name}")) for name, label in shown]


def page_number(request: HttpRequest) -> int:
    """The page of a list that the address asks for; the first for anything else."""
    text = request.GET.get("page", "")
    if text.isdecimal() and text.isascii() and len(text) < 6:
        return min(max(int(text), 1), MOST_PAGES)
    return 1


def pages_around(request: HttpRequest, number: int, *, more: bool) -> dict[str, str | None]:
    """The addresses of the page before and after, with the same filters."""

    def address(other: int) -> str:
        asked = request.GET.copy()
        asked["page"] = str(other)
        return f"{request.path}?{asked.urlencode()}"

    return {
        "previous": address(number - 1) if number > 1 else None,
        "next": address(number + 1) if more else None,
    }
