"""The acknowledgement: the reference, at once."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from agencies.rules import rules_of
from kernel.http.pages import page
from kernel.viewer import Viewer
from referrals import partners
from referrals.casefile.selectors import sent_case


@page
def sent(request: HttpRequest, viewer: Viewer, case_id: UUID) -> HttpResponse:
    """The referral has arrived: its reference, when, and what happens next."""
    case = sent_case(viewer, case_id)
    context = {
        "case": case,
        "heard": partners.somebody_holds(viewer, partners.coordination_unit(viewer)),
        "administered": bool(partners.administrators(viewer)),
        "hours": rules_of(viewer.cell_id).hours_for("acknowledge", case.urgency),
        "office": case.prosecutor_unit is not None,
    }
    return render(request, "referrals/sent.html", context)
