"""The queue, and one case."""

from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from kernel.http.pages import page
from kernel.live.announce import last_seq
from kernel.viewer import Viewer
from referrals import policies
from referrals.casefile.places import place_from, place_text
from referrals.casefile.selectors import FILTERS, case_list, knows_only_of
from referrals.casefile.services.reveal import reveal
from referrals.pages.case_view import case_page
from referrals.pages.wording import TONES, URGENCY_TONES

FILTER_NAMES = {
    "all": _("Tous"),
    "to_triage": _("À évaluer"),
    "to_activate": _("À activer"),
    "active": _("En cours"),
    "living": _("En cours"),
    "ended": _("Terminés"),
    "drafts": _("Brouillons"),
}


def _filters_of(viewer: Viewer) -> tuple[str, ...]:
    """The lists that make sense for this seat."""
    if policies.can_escalate(viewer):
        return ("all", "living", "ended", "drafts")
    if viewer.has(*policies.CELL_CORE):
        return ("all", "to_triage", "to_activate", "active", "ended")
    return ("all", "living", "ended")


@page
def cases(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The cases of this seat, newest first, 25 a page."""
    which = request.GET.get("etat", "all")
    if which not in FILTERS:
        which = "all"
    found = case_list(viewer, which=which, before=place_from(request.GET.get("avant", "")))
    next_url = ""
    if found.next_before:
        next_url = "?" + urlencode({"etat": which, "avant": place_text(found.next_before)})
    rows = [
        {
            "case": case,
            "stub": knows_only_of(case),
            "danger": case.danger and not knows_only_of(case),
            "url": _url_of(case.state, case.pk),
            "tone": TONES.get(case.state, "neutral"),
            "urgency_tone": URGENCY_TONES.get(case.urgency, "neutral"),
        }
        for case in found.cases
    ]
    context = {
        "rows": rows,
        "which": which,
        "filters": [
            (code, FILTER_NAMES[code], f"?{urlencode({'etat': code})}")
            for code in _filters_of(viewer)
        ],
        "next_url": next_url,
        "first": not request.GET.get("avant"),
        "rooms": [(f"unit:{unit}", last_seq(f"unit:{unit}")) for unit in viewer.units],
    }
    return render(request, "referrals/cases.html", context)


def _url_of(state: str, case_id: UUID) -> str:
    return reverse("referrals:draft" if state == "draft" else "referrals:case", args=[case_id])


@page
def case(request: HttpRequest, viewer: Viewer, case_id: UUID) -> HttpResponse:
    """One case: what this seat may see of it, and what it may do next."""
    return case_page(request, viewer, case_id)


@page
def reveal_name(request: HttpRequest, viewer: Viewer, party_id: UUID) -> HttpResponse:
    """A pupil's name, in place of the button; asked for each time, and recorded each time."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    identity = reveal(viewer, party_id)
    born_on = date.fromisoformat(identity.birth_date) if identity.birth_date else None
    context = {"identity": identity, "born_on": born_on}
    return render(request, "referrals/_identity.html", context)
