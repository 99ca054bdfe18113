"""The agencies of the cell: list, directory, accession, end."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.directory_search import search_directory
from agencies.models import Agency, AgencyKind
from agencies.pages.cell.agency_forms import (
    AccessionForm,
    EndForm,
    FilterForm,
    NewAgencyForm,
    SearchForm,
)
from agencies.pages.cell.common import administration, page_number, pages_around
from agencies.services.accede import accede as accede_now
from agencies.services.accede import end_accession_on
from agencies.services.add_agency import add_agency
from agencies.taking_part import accession_with_people, counts_by_kind, list_agencies
from kernel.clock import FOREVER, now
from kernel.http.acting import Act, perform, posted
from kernel.http.pages import found
from kernel.viewer import Viewer

ENDED = "partis"
JOINED = _("L'organisme participe à la cellule.")


@administration
def agencies(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The agencies of the cell, by kind; with those that have left on demand."""
    number = page_number(request)
    kinds: list[tuple[str, object]] = [("", _("Tous"))]
    kinds += [(code, f"{label} ({count})") for code, label, count in counts_by_kind(viewer)]
    form = FilterForm([*kinds, (ENDED, _("Partis"))], request.GET)
    wanted = form.cleaned_data if form.is_valid() else {"genre": "", "q": ""}
    kind = wanted["genre"]
    listed = list_agencies(viewer, kind=kind, ended=kind == ENDED, text=wanted["q"], page=number)
    context = {
        "form": form,
        "accessions": listed.accessions,
        "forever": FOREVER,
        "pages": pages_around(request, number, more=listed.more),
    }
    return render(request, "agencies/cell/agencies.html", context)


@administration
def agency_search(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Look in the national directory, and among what other cells have added."""
    form = SearchForm(request.GET if "q" in request.GET else None)
    number = page_number(request)
    result = None
    if form.is_valid():
        result = search_directory(viewer, form.cleaned_data["q"], page=number)
    context = {
        "form": form,
        "result": result,
        "rows": [
            {"agency": agency, "accession": result.accessions.get(agency.pk)}
            for agency in result.agencies
        ]
        if result
        else [],
        "pages": pages_around(request, number, more=result.more if result else False),
    }
    return render(request, "agencies/cell/agency_search.html", context)


@administration
def accede(request: HttpRequest, viewer: Viewer, agency_id: UUID) -> HttpResponse:
    """An agency of the directory joins the cell."""
    agency = found(Agency.objects.filter(pk=agency_id).first())
    form = AccessionForm(posted(request))

    def do() -> UUID:
        return accede_now(viewer, agency_id, **form.cleaned_data).pk

    def again() -> HttpResponse:
        context = {"agency": agency, "form": form}
        return render(request, "agencies/cell/accede.html", context)

    if request.method != "POST":
        return again()
    act = Act(f"accede:{agency_id}", do, _accession_page, JOINED)
    return perform(request, viewer, act, form=form, again=again)


@administration
def agency_new(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """An organisation that no directory lists, with its accession."""
    form = NewAgencyForm(posted(request))

    def do() -> UUID:
        chosen = form.cleaned_data
        agency_id = add_agency(
            viewer,
            kind=AgencyKind(chosen["kind"]),
            name=chosen["name"],
            commune_insee=chosen["commune"],
            email=chosen["email"],
            phone=chosen["phone"],
            confirmed=chosen["confirmed"],
        )
        signed = {name: chosen[name] for name in ("signatory", "signed_on", "until")}
        return accede_now(viewer, agency_id, **signed).pk

    def again() -> HttpResponse:
        alike = bool(form.is_bound and form.errors.get("confirmed"))
        context = {"form": form, "alike": alike}
        return render(request, "agencies/cell/agency_new.html", context)

    if request.method != "POST":
        return again()
    act = Act("agency_new", do, _accession_page, JOINED)
    return perform(request, viewer, act, form=form, again=again)


@administration
def accession(request: HttpRequest, viewer: Viewer, accession_id: UUID) -> HttpResponse:
    """One agency of the cell: what it signed, and its last day."""
    shown = accession_with_people(viewer, accession_id)
    last = None if shown.valid_until == FOREVER else timezone.localdate(shown.valid_until)
    form = EndForm(posted(request), initial={"until": last})

    def do() -> UUID:
        return end_accession_on(viewer, accession_id, until=form.cleaned_data["until"]).pk

    def again() -> HttpResponse:
        context = {
            "accession": shown,
            "form": form,
            "ended": shown.valid_until <= now(),
            "endless": shown.valid_until == FOREVER,
        }
        return render(request, "agencies/cell/accession.html", context)

    if request.method != "POST":
        return again()
    act = Act(f"accession:{accession_id}", do, _accession_page, _("La date de fin est fixée."))
    return perform(request, viewer, act, form=form, again=again)


def _accession_page(accession_id: UUID) -> str:
    return reverse("agencies:cell_accession", args=[accession_id])
