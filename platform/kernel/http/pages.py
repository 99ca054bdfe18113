"""What every page for signed-in people shares."""

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse

from kernel.errors import NotFound, SignInRequired
from kernel.viewer import Viewer

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, Viewer, P], HttpResponse]


def page(view: Page[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A page for a person who has shown both factors; the view receives the viewer second."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        viewer: Viewer | None = getattr(request, "viewer", None)
        if viewer is None:
            raise SignInRequired
        return view(request, viewer, *args, **kwargs)

    guarded.for_signed_in_people = True  # type: ignore[attr-defined]  # read by the route test
    return guarded  # type: ignore[return-value]  # wraps() hides the second argument


def public_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Marks a page that anybody may open. The route test lists them; keep the list short."""
    view.for_anybody = True  # type: ignore[attr-defined]  # read by the route test
    return view


def open_before_charter(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Marks what a signed-in person may open before signing the charter: nothing nominative."""
    view.before_charter = True  # type: ignore[attr-defined]  # read by ScopeMiddleware
    return view


def is_open_before_charter(view: object) -> bool:
    """Whether a view is marked so, or is open to anybody."""
    shown = getattr(view, "cls", view)
    return any(
        getattr(one, mark, False)
        for one in (view, shown)
        for mark in ("before_charter", "for_anybody")
    )


def found(thing: Any) -> Any:
    """The thing, or the answer that it does not exist."""
    if thing is None:
        raise NotFound
    return thing
