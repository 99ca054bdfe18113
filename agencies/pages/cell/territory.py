"""Who covers what: by function, commune by commune."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from agencies.covering import Covering, covering, services_for, uncovered
from agencies.models import Accession, AgencyKind, Cell, Commune, Coverage, CoverFunction
from agencies.pages.cell.common import administration
from agencies.pages.cell.territory_forms import (
    NOBODY,
    AssignForm,
    SchoolForm,
    TableForm,
    table_form,
)
from agencies.selectors import cell_of, school
from agencies.services.assign_communes import assign_all, assign_communes, known_communes
from agencies.services.read_territory import Reading, read_communes, read_table
from agencies.taking_part import list_agencies
from kernel.errors import Invalid, NotFound
from kernel.http.acting import Act, perform, posted
from kernel.ids import uuid7
from kernel.viewer import Viewer

SHOWN = 20
SCHOOLS = 10


@dataclass(frozen=True, slots=True)
class Part:
    """One function with how many communes still have nobody."""

    label: object
    url: str
    services: int
    missing: int


@administration
def territories(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The three functions, and who is competent for a school."""
    cell = cell_of(viewer)
    parts = [
        Part(
            function.label,
            reverse("agencies:cell_territory", args=[function]),
            services_for(cell.pk, function).count(),
            uncovered(cell.pk, cell.code, function).count(),
        )
        for function in CoverFunction
    ]
    form = SchoolForm(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    listed = list_agencies(viewer, kind=AgencyKind.SCHOOL, text=text)
    schools = [
        (accession.agency.name, _competent(cell, accession))
        for accession in listed.accessions[:SCHOOLS]
    ]
    context = {
        "parts": parts,
        "form": form,
        "schools": schools,
        "more": listed.more or len(listed.accessions) > SCHOOLS,
        "communes": len(known_communes(viewer)),
    }
    return render(request, "agencies/cell/territories.html", context)


def _competent(cell: Cell, accession: Accession) -> Covering | None:
    found = school(accession.agency_id)
    return covering(cell.pk, found) if found else None


@administration
def territory(request: HttpRequest, viewer: Viewer, function: str) -> HttpResponse:
    """Who is competent for a function, and more communes for one of them."""
    of = _function(function)
    cell = cell_of(viewer)
    services, left = (
        list(services_for(cell.pk, of)),
        list(uncovered(cell.pk, cell.code, of)),
    )
    known = known_communes(viewer)
    form = AssignForm(services, known.values(), left, posted(request))

    def do() -> UUID:
        chosen = form.cleaned_data
        pasted = read_communes(viewer, chosen["communes"])
        if pasted.wrong:
            raise Invalid(fields={"communes": _lines(pasted)})
        assign_communes(
            viewer,
            function=of,
            accession_id=None if chosen["accession"] == NOBODY else UUID(chosen["accession"]),
            communes={*pasted.wanted, *chosen["ticked"]},
        )
        return uuid7()

    def again() -> HttpResponse:
        context = {
            "function": of,
            "form": form,
            "services": _with_communes(cell, of, services, known),
            "left": left,
            "communes": len(known),
            "table_url": reverse("agencies:cell_territory_table", args=[of]),
        }
        return render(request, "agencies/cell/territory.html", context)

    if request.method != "POST":
        return again()
    said = _("Le territoire est enregistré.")
    act = Act(f"territory:{of}", do, request.path, said)
    return perform(request, viewer, act, form=form, again=again)


@administration
def territory_table(request: HttpRequest, viewer: Viewer, function: str) -> HttpResponse:
    """Many communes at once, each with its service: everything is taken, or nothing."""
    of = _function(function)
    form = TableForm()
    if request.method == "POST":
        form = table_form(request.POST, request.FILES)
        # The words of the file count as typed: kept, compared and sent again like the others.
        request.POST = form.data  # type: ignore[assignment]  # a QueryDict, which forms call Mapping
        request.FILES.clear()
    reading = Reading()

    def do() -> UUID:
        nonlocal reading
        reading = read_table(viewer, of, form.cleaned_data["table"])
        if reading.wrong:
            raise Invalid(fields={"table": _lines(reading)})
        assign_all(viewer, function=of, wanted=reading.wanted)
        return uuid7()

    def said() -> object:
        count = len(reading.wanted)
        return ngettext(
            "Une commune est lue et enregistrée.",
            "%(count)s communes sont lues et enregistrées.",
            count,
        ) % {"count": count}

    def again() -> HttpResponse:
        context = {
            "function": of,
            "form": form,
            "services": services_for(viewer.cell_id, of),
            "wrong": len(reading.wrong),
        }
        return render(request, "agencies/cell/territory_table.html", context)

    if request.method != "POST":
        return again()
    act = Act(f"territory_table:{of}", do, reverse("agencies:cell_territory", args=[of]), said)
    return perform(request, viewer, act, form=form, again=again)


def _function(text: str) -> CoverFunction:
    if text not in CoverFunction.values:
        raise NotFound
    return CoverFunction(text)


def _lines(reading: Reading) -> list[object]:
    """What could not be understood, line by line; the rest in one sentence when there is much."""
    shown: list[object] = [
        _("Ligne %(number)s : %(problem)s") % {"number": number, "problem": problem}
        for number, problem in reading.wrong[:SHOWN]
    ]
    more = len(reading.wrong) - SHOWN
    if more > 0:
        shown.append(
            ngettext("Et une autre ligne.", "Et %(count)s autres lignes.", more) % {"count": more}
        )
    return shown


def _with_communes(
    cell: Cell, of: CoverFunction, services: list[Accession], known: Mapping[str, Commune]
) -> list[tuple[Accession, int, list[str]]]:
    """Each service with how many communes it has, and their names."""
    rows = Coverage.objects.filter(cell_id=cell.pk, function=of).values_list(
        "accession_id", "commune_insee"
    )
    names: dict[UUID, list[str]] = {}
    counted: Counter[UUID] = Counter()
    for service, code in rows:
        counted[service] += 1
        names.setdefault(service, []).append(known[code].name if code in known else code)
    return [
        (service, counted[service.pk], sorted(names.get(service.pk, []))) for service in services
    ]
