"""Searching in one's own cases."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from kernel.errors import Invalid, NotAllowed
from kernel.http.pages import page
from kernel.ui.forms import show_refusal
from kernel.viewer import Viewer
from referrals import policies
from referrals.compartments import BY_CODE
from referrals.pages.acting import kept, posted
from referrals.pages.wording import TONES, URGENCY_TONES
from referrals.searching.forms import WithinForm
from referrals.searching.reading import SOURCE_NAMES
from referrals.searching.search import Found, Result, search_within
from referrals.states import State


@page
def within(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The form, and what it finds; a long search is sent on by the page until it is done."""
    if not policies.can_list_cases(viewer):
        raise NotAllowed
    form = WithinForm(posted(request))
    found, refusal = None, None
    if request.method == "POST" and form.is_valid():
        try:
            found = search_within(viewer, form.question(), go_on=request.POST.get("next", ""))
        except Invalid as invalid:
            refusal = invalid
            show_refusal(form, invalid)
    context: dict[str, Any] = {"form": form, "found": found, "rows": _rows(found)}
    context["more"] = _more(request, form)
    if found is not None and found.next:
        context["again"] = _again(request, found)
    response = render(request, "referrals/within.html", context)
    if request.method == "POST" and found is None:
        return kept(response, 422, refusal)
    return response


def _more(request: HttpRequest, form: WithinForm) -> bool:
    """Whether criteria other than words are filled in, or have something to be corrected."""
    others = set(form.fields) - {"words"}
    return any(request.POST.get(name) or name in form.errors for name in others)


def _again(request: HttpRequest, found: Found) -> dict[str, object]:
    """The same question with how far it has come, to be sent once more."""
    left_out = {"csrfmiddlewaretoken", "next", "_key"}
    fields = [(name, value) for name, value in request.POST.items() if name not in left_out]
    return {"url": reverse("referrals:within"), "fields": [*fields, ("next", found.next)]}


def _rows(found: Found | None) -> list[dict[str, object]]:
    return [_row(result) for result in found.results] if found else []


def _row(result: Result) -> dict[str, object]:
    case = result.case
    name = "referrals:draft" if case.state == State.DRAFT else "referrals:case"
    return {
        "case": case,
        "url": reverse(name, args=[case.pk]),
        "tone": TONES.get(case.state, "neutral"),
        "urgency_tone": URGENCY_TONES.get(case.urgency, "neutral"),
        "parts": [_part(code) for code in result.parts],
    }


def _part(code: str) -> object:
    return BY_CODE[code].label if code in BY_CODE else SOURCE_NAMES[code]
