"""One's own journal: who has looked at one's acts, and who has read the cases that one sees."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from audit import people, registry
from audit.desk.marks import mark_from, mark_text
from audit.desk.own import OF_ACTS, OF_CASES, OfCase, agencies_in, asked_for, my_journal
from kernel.http.pages import page
from kernel.ids import id_in
from kernel.ui.forms import DateInput
from kernel.viewer import Viewer


class DaysForm(forms.Form):
    """From which day to which. Both may stay empty."""

    du = forms.DateField(label=_("Du"), required=False, widget=DateInput)
    au = forms.DateField(label=_("Au"), required=False, widget=DateInput)

    def clean(self) -> dict[str, Any]:
        """The period must not end before it begins."""
        found: dict[str, Any] = super().clean() or {}
        if found.get("du") and found.get("au") and found["au"] < found["du"]:
            self.add_error("au", _("La fin de la période précède son début."))
        return found


@page
def my_journal_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Who has looked, the newest first, 50 lines a list."""
    form = DaysForm(request.GET)
    if not form.is_valid():
        return render(request, "audit/my_journal.html", {"form": form}, status=422)
    case = id_in(request.GET.get("dossier", ""))
    asked = asked_for(form.cleaned_data["du"], form.cleaned_data["au"], case)
    mine = my_journal(
        viewer,
        asked,
        acts_before=mark_from(request.GET.get("actes", ""), OF_ACTS),
        cases_before=mark_from(request.GET.get("avant", ""), OF_CASES),
    )
    agencies = agencies_in(viewer, mine)
    context = {
        "form": form,
        "asked": asked,
        "acts": [
            {"line": line, "role": people.roles_in_words(line.roles)}
            | {"agency": agencies.get(line.agency, "") if line.agency else ""}
            for line in mine.acts
        ],
        "acts_next": _next(request, "actes", mark_text(mine.acts_before)),
        "cases": list(_lines(mine.cases, agencies)),
        "cases_next": _next(request, "avant", mark_text(mine.cases_before)),
        "cases_from": mine.cases_from,
        "everything": reverse("audit:my_journal") if case else "",
    }
    return render(request, "audit/my_journal.html", context)


def _lines(cases: list[OfCase], agencies: Mapping[UUID, str]) -> Iterator[dict[str, object]]:
    for line in cases:
        yield {
            "line": line,
            "role": people.roles_in_words(line.roles),
            "agency": agencies.get(line.agency, "") if line.agency else "",
            "right": registry.wording_of_code("right", line.right) if line.right else "",
            "purpose": registry.wording_of_code("purpose", line.purpose) if line.purpose else "",
        }


def _next(request: HttpRequest, name: str, place: str) -> str:
    query = request.GET.copy()
    query[name] = place
    return f"?{query.urlencode()}" if place else ""
