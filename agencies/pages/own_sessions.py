"""Where one is signed in, and ending it from afar."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from agencies.pages.progress import origin_of
from agencies.services.own_sessions import end_others, end_session, sessions_of
from kernel.http.pages import open_before_charter, page
from kernel.viewer import Viewer


@open_before_charter
@page
@require_safe
def sessions_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Every open session of the account."""
    found = sessions_of(viewer, origin_of(request))
    return render(request, "agencies/sessions.html", {"sessions": found, "others": len(found) - 1})


@open_before_charter
@page
@require_POST
def end_page(request: HttpRequest, viewer: Viewer, number: UUID) -> HttpResponse:
    """End one other session."""
    end_session(viewer, number)
    messages.success(request, _("La session est terminée."))
    return redirect("agencies:sessions")


@open_before_charter
@page
@require_POST
def end_others_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """End all other sessions; the button says that all are meant."""
    if request.POST.get("which") != "others":
        return redirect("agencies:sessions")
    count = end_others(viewer)
    said = ngettext(
        "%(count)d autre session est terminée.", "%(count)d autres sessions sont terminées.", count
    )
    messages.success(request, said % {"count": count} if count else _("Aucune autre session."))
    return redirect("agencies:sessions")
