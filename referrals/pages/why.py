"""Why somebody sees or does not see a case and its parts: the rule, in one sentence each."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from agencies import selectors as agencies
from kernel.errors import Invalid, NotAllowed, NotFound
from kernel.http.pages import page
from kernel.viewer import Viewer
from referrals import policies
from referrals.casefile.selectors import case_for
from referrals.models import Case
from referrals.pages.acting import kept, posted
from referrals.pages.who_sees import THINGS
from referrals.pages.wording import ACTS, ALLOWED, REFUSED
from referrals.sharing.explaining import (
    Explanation,
    Verdict,
    case_called,
    explain,
    may_ask_about_others,
)

UNKNOWN = _("Aucun dossier de la cellule ne porte cette référence.")


class PersonForm(forms.Form):
    """About whom one asks."""

    person = forms.ChoiceField(label=_("Personne"))

    def __init__(self, people: Collection[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [("", _("Choisir")), *people]  # type: ignore[attr-defined]


class ReferenceForm(PersonForm):
    """The same for who does not open cases: the case by its reference."""

    reference = forms.CharField(label=_("Référence du dossier"), max_length=40)
    field_order = ("reference", "person")


@page
def why(request: HttpRequest, viewer: Viewer, case_id: UUID) -> HttpResponse:
    """What this seat sees of the case and why; the cell's core asks about others as well."""
    case = case_for(viewer, case_id)
    form = None
    if may_ask_about_others(viewer, case):
        form = PersonForm(_people(viewer), posted(request))
    seat_id, status = None, 200
    if request.method == "POST":
        if form is None:
            raise NotAllowed(case_id=case_id)
        if form.is_valid():
            seat_id = UUID(form.cleaned_data["person"])
        else:
            status = 422
    shown = explain(viewer, case_id, seat_id) if status == 200 else None
    return _show(request, form, shown, case=case, status=status)


@page
def why_by_reference(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """For those who watch: by reference, without opening the case."""
    if not viewer.has(*policies.WATCHES):
        raise NotAllowed
    form = ReferenceForm(_people(viewer), posted(request))
    if request.method != "POST":
        return _show(request, form, None)
    if not form.is_valid():
        return _show(request, form, None, status=422)
    reference = form.cleaned_data["reference"].strip()
    case_id = case_called(viewer, reference)
    try:
        if case_id is None:
            raise NotFound
        shown = explain(viewer, case_id, UUID(form.cleaned_data["person"]))
    except NotFound:
        refusal = Invalid(fields={"reference": [UNKNOWN]})
        form.add_error("reference", str(UNKNOWN))
        return kept(_show(request, form, None), 422, refusal)
    return _show(request, form, shown, reference=reference)


def _people(viewer: Viewer) -> list[tuple[str, str]]:
    return [
        (str(place.pk), f"{place.display_name}, {place.agency.name}")
        for place in agencies.people_of_cell(viewer)
    ]


def _show(
    request: HttpRequest,
    form: forms.Form | None,
    shown: Explanation | None,
    *,
    case: Case | None = None,
    reference: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "case": case,
        "reference": case.reference if case else reference,
        "shown": shown,
        "header": _verdict(shown.header) if shown else None,
        "parts": [(part.label, _verdict(each)) for part, each in shown.parts] if shown else [],
        "missing": [
            (THINGS[kind], part.label, _verdict(each)) for kind, part, each in shown.missing
        ]
        if shown
        else [],
        "acts": [(ACTS[act.code], _said(act.allowed, act.rule), act.allowed) for act in shown.acts]
        if shown
        else [],
    }
    return render(request, "referrals/why.html", context, status=status)


def _verdict(verdict: Verdict) -> dict[str, object]:
    return {
        "allowed": verdict.allowed,
        "why": _said(verdict.allowed, verdict.rule),
        "until": None if verdict.until and verdict.until.year == 9999 else verdict.until,
    }


def _said(allowed: bool, rule: str) -> object:
    return (ALLOWED if allowed else REFUSED)[rule]
