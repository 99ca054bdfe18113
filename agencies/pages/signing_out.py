"""Leaving: by POST, and with nothing left in the browser."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from agencies.oidc.ending import address_to_leave_by
from agencies.pages.progress import viewer_of
from agencies.services.sign_out import sign_out
from kernel.http.pages import public_page


@public_page
@require_POST
def sign_out_page(request: HttpRequest) -> HttpResponse:
    """End the session on the server and have the browser forget what it holds of this site.

    Who came through an identity provider goes on to sign out there as well.
    """
    viewer = viewer_of(request)
    leaving = ""
    if viewer is not None:
        leaving = address_to_leave_by(viewer)
        sign_out(viewer)
    request.session.flush()
    nobody: dict[str, object] = {"viewer": None, "navigation": [], "leaving": leaving}
    response = render(request, "agencies/signed_out.html", nobody)
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    if leaving:
        response.headers["Refresh"] = f"0;url={leaving}"
    return response
