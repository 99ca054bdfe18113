"""One's own account: who one is here, and where to look after it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kernel.http.context import account_entries
from kernel.http.pages import open_before_charter, page
from kernel.viewer import Viewer


@open_before_charter
@page
@require_safe
def account_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The identity of this session, and links to everything that is one's own."""
    return render(request, "agencies/account.html", {"entries": account_entries(viewer)})
