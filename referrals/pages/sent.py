"""The acknowledgement: the reference, at once."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kernel.http.pages import page
from kernel.viewer import Viewer
from referrals.casefile.selectors import case_for


@page
def sent(request: HttpRequest, viewer: Viewer, case_id: UUID) -> HttpResponse:
    """The referral has arrived: its reference, when, and what happens next."""
    return render(request, "referrals/sent.html", {"case": case_for(viewer, case_id)})
