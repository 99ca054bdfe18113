"""Something else comes first, and then the very act that was refused goes on."""

from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url

from kernel.http.kept import keep_act

IN_PLACE: Final = "X-Confirm"
"""On the refusal of a part of a page: where to confirm, without leaving the page."""


def first(request: HttpRequest, place: str) -> HttpResponse:
    """Lead to ``place``, which leads back: to the page, or to the act with all its fields.

    A script that asks for a part of a page is told where to go, so that what is typed elsewhere
    in that page stays.
    """
    target = resolve_url(place)
    if getattr(request, "htmx", False):
        return HttpResponse(status=403, headers={IN_PLACE: target})
    if request.method in ("GET", "HEAD"):
        return _lead(target, next=request.get_full_path())
    viewer = getattr(request, "viewer", None)
    act_id: UUID | None = keep_act(request, viewer) if viewer is not None else None
    return _lead(target, act=act_id) if act_id else _lead(target)


def _lead(target: str, **values: object) -> HttpResponse:
    query = f"?{urlencode(values)}" if values else ""
    return HttpResponse(status=303, headers={"Location": target + query})
