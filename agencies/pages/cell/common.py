"""What every page of a cell's administration shares."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, Final, ParamSpec

from django.http import HttpRequest, HttpResponse

from agencies.services.administering import administering
from kernel.http.pages import page
from kernel.viewer import Viewer

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Viewer, P], HttpResponse]
MOST_PAGES: Final = 10_000


def administration(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A page that exists for the administration of a cell and for nobody else."""

    @functools.wraps(view)
    def guarded(
        request: HttpRequest, viewer: Viewer, /, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        administering(viewer)
        return view(request, viewer, *args, **kwargs)

    return page(guarded)


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
