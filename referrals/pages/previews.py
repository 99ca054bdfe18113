"""A case seen with the eyes of another agency, before a share is proposed and while it lives."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from kernel.errors import Conflict, Invalid, WrongState
from kernel.http.pages import page
from kernel.ui.forms import show_refusal
from kernel.viewer import Viewer
from referrals.pages.acting import kept
from referrals.pages.case_view import preview_context
from referrals.pages.sharing import desk_of, terms_of
from referrals.sharing.preview import Preview, preview_of_draft, preview_of_share

WITHOUT_SECRECY = "sans-secret"
EDIT = "modifier"


@page
def preview(request: HttpRequest, viewer: Viewer, case_id: UUID) -> HttpResponse:
    """What an agency would see by the share that is being filled in; nothing is sent."""
    if request.method != "POST":
        return HttpResponseRedirect(reverse("referrals:share", args=[case_id]))
    desk = desk_of(viewer, case_id, request.POST.get("share-to_accession", ""))
    form = desk.form(request.POST)
    if not form.is_valid():
        return kept(desk.show(request, form), 422)
    if EDIT in request.POST:
        return desk.show(request, form)
    try:
        found = preview_of_draft(viewer, case_id, **terms_of(form.cleaned_data))
    except (Invalid, WrongState, Conflict) as refusal:
        if isinstance(refusal, Invalid):
            show_refusal(form, refusal)
        return kept(desk.show(request, form), refusal.status, refusal)
    typed = [
        (name, value)
        for name, values in request.POST.lists()
        if name.startswith("share-")
        for value in values
    ]
    return _show(request, found, {"typed": typed})


@page
def preview_share(request: HttpRequest, viewer: Viewer, share_id: UUID) -> HttpResponse:
    """What an agency will see by a share that it has not answered, or sees by one that runs."""
    bound = WITHOUT_SECRECY not in request.GET
    found = preview_of_share(viewer, share_id, bound_by_secrecy=bound)
    here = request.path
    other = f"{here}?{WITHOUT_SECRECY}" if bound else here
    return _show(request, found, {"other_url": other if found.bound_alone or not bound else ""})


def _show(request: HttpRequest, found: Preview, more: Mapping[str, object]) -> HttpResponse:
    context = {
        "share": found.share,
        "agency": found.reader.agency_name,
        "bound": found.reader.bound_by_secrecy,
        "bound_alone": [part.label for part in found.bound_alone],
        "unseen": [part.label for part in found.unseen],
        "proposed": found.share.state,
        **preview_context(found),
        **more,
    }
    return render(request, "referrals/preview.html", context)
