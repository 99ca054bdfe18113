"""The journal: who did what, to which case, when."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from audit import policies, selectors
from audit.health import health_of
from audit.pages.filters import FiltersForm, filters_in
from audit.pages.lines import shown
from audit.places import place_from, place_text
from kernel.errors import NotFound
from kernel.http.pages import page
from kernel.viewer import Viewer


@page
def journal(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The entries of the auditor's cell, newest first, 50 a page."""
    if not policies.can_read(viewer):
        raise NotFound
    form = FiltersForm(request.GET, viewer=viewer)
    asked = filters_in(request.GET).urlencode()
    links = {
        "chart_url": f"{reverse('audit:chart')}?{asked}",
        "export_url": f"{reverse('audit:exports')}?{asked}",
        "keep_url": f"{reverse('audit:views')}?{asked}",
    }
    if not form.is_valid():
        return render(request, "audit/journal.html", {"form": form} | links, status=422)
    filters = form.filters()
    found = selectors.journal(viewer, filters, before=place_from(request.GET.get("avant", "")))
    following = request.GET.copy()
    following["avant"] = place_text(found.next_before)
    context = {
        "form": form,
        "lines": list(shown(viewer, found.lines)),
        "next_url": f"?{following.urlencode()}" if found.next_before else "",
        "health": health_of(viewer),
        "filtered": bool(filters.in_use()),
    } | links
    return render(request, "audit/journal.html", context)
