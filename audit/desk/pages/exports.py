"""Exports of the record: ask for one with the journal's filters, see one's own, download one."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from audit import people, policies, references, registry
from audit.desk import groups
from audit.desk.exporting.ask import MOST, ask
from audit.desk.exporting.rows import FAILURES, STATES, Extract, my_extracts, room_of
from audit.desk.exporting.take import MEDIA, Fetched, begin_taking, fetch, still_there
from audit.desk.filters import Filters
from audit.pages.filters import OUTCOMES, WAYS, FiltersForm, filters_in
from kernel.errors import NotFound
from kernel.http.acting import Act, perform
from kernel.http.given import given_in_pieces
from kernel.http.pages import page
from kernel.http.paused import Pause
from kernel.live.announce import last_seq
from kernel.viewer import Viewer

TONES = {
    "requested": "info",
    "running": "progress",
    "ready": "success",
    "failed": "danger",
    "expired": "neutral",
}


class AskForm(forms.Form):
    """Nothing to fill in: the filters come from the journal."""

    filtres = forms.CharField(required=False, max_length=1500, widget=forms.HiddenInput)


@page
def exports(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """One's own exports, and one more with the filters of the journal. The page follows."""
    if not policies.can_read(viewer):
        raise NotFound
    if request.method != "POST":
        return _page(request, viewer, filters_in(request.GET))
    form = AskForm(request.POST)
    asked = filters_in(QueryDict(request.POST.get("filtres", "")[:1500]))
    chosen = FiltersForm(asked, viewer=viewer)
    if "filtres" not in request.POST or not chosen.is_valid():
        return _page(request, viewer, asked, status=422)
    act = Act(
        "export-journal",
        lambda: ask(viewer, chosen.filters()),
        f"{reverse('audit:exports')}?{asked.urlencode()}",
        _("L'export est demandé. Il se prépare, vous pouvez fermer cette page."),
    )
    return perform(request, viewer, act, form=form, again=lambda: _page(request, viewer, asked))


@page
def download(request: HttpRequest, viewer: Viewer, export_id: UUID) -> HttpResponse:
    """The file. It is on record before a byte leaves."""
    taking = begin_taking(viewer, export_id)

    def then(request: HttpRequest, viewer: Viewer, file: Fetched) -> HttpResponse:
        still_there(viewer, taking)
        return given_in_pieces(file.pieces(), file.length, MEDIA, taking.name)

    return Pause(lambda: fetch(taking), then)


def _page(
    request: HttpRequest, viewer: Viewer, asked: QueryDict, status: int = 200
) -> HttpResponse:
    form = FiltersForm(asked, viewer=viewer)
    valid = form.is_valid()
    room = room_of(viewer)
    context = {
        "form": form,
        "asked": asked.urlencode(),
        "filters_url": f"{reverse('audit:journal')}?{asked.urlencode()}",
        "words": words_of(viewer, form.filters()) if valid else [],
        "valid": valid,
        "most": MOST,
        "rows": [_row(viewer, row) for row in my_extracts(viewer)],
        "room": room,
        "seq": last_seq(room),
    }
    return render(request, "audit/exports.html", context, status=status)


def _row(viewer: Viewer, row: Extract) -> dict[str, Any]:
    return {
        "row": row,
        "title": _("Export du %(when)s") % {"when": _moment(viewer, row.asked_at)},
        "words": words_of(viewer, row.filters),
        "state": STATES[row.state],
        "tone": TONES[row.state],
        "failure": FAILURES.get(row.failure, ""),
        "digest": " ".join(row.sha256[start : start + 8] for start in range(0, 64, 8)).strip(),
        "url": reverse("audit:export_file", args=[row.id]),
    }


def words_of(viewer: Viewer, filters: Filters) -> list[tuple[str, str]]:
    """The filters as people read them: a label and a value each."""
    found = []
    subjects = references.subjects_of(viewer, filters.case) if filters.case else {}
    for name in filters.in_use():
        value = getattr(filters, name)
        value = subjects.get(value, value) if name == "subject" else value
        label = str(registry.wording_of_code("filters", name)).capitalize()
        found.append((label, str(_VALUES.get(name, _as_it_is)(viewer, value))))
    return found


def _as_it_is(viewer: Viewer, value: Any) -> object:
    return value


def _moment(viewer: Viewer, value: Any) -> object:
    return date_format(localtime(value), "j F Y, H:i")


def _begin(viewer: Viewer, value: datetime) -> object:
    """The day that was chosen; the moment where a program has named one."""
    at = localtime(value)
    return _moment(viewer, at) if at.time() != time() else date_format(at, "j F Y")


def _end(viewer: Viewer, value: datetime) -> object:
    """Likewise; the midnight after a day stands for that day."""
    at = localtime(value)
    last = at - timedelta(hours=12)
    return _moment(viewer, at) if at.time() != time() else date_format(last, "j F Y")


_VALUES: dict[str, Any] = {
    "case": lambda viewer, one: references.references_of(viewer, {one}).get(one, one),
    "actor": lambda viewer, one: people.names_of(viewer, {one}).get(one, one),
    "agency": lambda viewer, one: people.agencies_of(viewer, {one}).get(one, one),
    "group": lambda viewer, one: groups.LABELS.get(one, one),
    "kind": lambda viewer, one: registry.label_of(one),
    "channel": lambda viewer, one: WAYS.get(one, one),
    "outcome": lambda viewer, one: dict(OUTCOMES).get(one, one),
    "since": _begin,
    "until": _end,
}
