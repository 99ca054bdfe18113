"""What the cell lacks to work, and how many take part. Figures only."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from agencies.lacking import missing_in, protocol_in_force
from agencies.models import AgencyKind
from agencies.pages.cell.common import administration
from agencies.selectors import people_of_cell
from agencies.taking_part import counts_by_kind
from kernel.viewer import Viewer


@administration
def cell(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The administration's first page."""
    counts = counts_by_kind(viewer)
    schools = sum(count for code, _label, count in counts if code == AgencyKind.SCHOOL)
    context = {
        "missing": missing_in(viewer),
        "schools": schools,
        "agencies": sum(count for _code, _label, count in counts) - schools,
        "people": people_of_cell(viewer).order_by().values("account_id").distinct().count(),
        "protocol": protocol_in_force(viewer.cell_id),
    }
    return render(request, "agencies/cell/overview.html", context)
