"""The journal over time: the same filters, a bar a day, and the numbers in a table."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format

from audit import policies
from audit.desk.chart import Bar, over_time
from audit.pages.filters import FiltersForm
from kernel.errors import NotFound
from kernel.http.pages import page
from kernel.viewer import Viewer


@page
def chart(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """How many entries there were, and how many of them were refusals."""
    if not policies.can_read(viewer):
        raise NotFound
    form = FiltersForm(request.GET, viewer=viewer)
    journal = f"{reverse('audit:journal')}?{request.GET.urlencode()}"
    if not form.is_valid():
        return render(request, "audit/chart.html", {"form": form, "journal": journal}, status=422)
    found = over_time(viewer, form.filters())

    def named(bar: Bar) -> str:
        return date_format(bar.day, "F Y" if found.by_month else "d/m/Y")

    context = {
        "form": form,
        "journal": journal,
        "bars": [(named(bar), bar.n, bar.refused) for bar in found.bars],
        "lines": [
            {"name": named(bar), "n": bar.n, "refused": bar.refused, "url": _of(request, bar)}
            for bar in reversed(found.bars)
            if bar.n
        ],
        "by_month": found.by_month,
        "since": found.since,
        "until": found.until,
        "total": sum(bar.n for bar in found.bars),
    }
    return render(request, "audit/chart.html", context)


def _of(request: HttpRequest, bar: Bar) -> str:
    """The journal of that day, or from that month on."""
    query = request.GET.copy()
    query["du"] = bar.day.isoformat()
    query["au"] = bar.day.isoformat()
    return f"{reverse('audit:journal')}?{query.urlencode()}"
