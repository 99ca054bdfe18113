"""The acknowledgement: the reference, at once."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kernel.http.pages import page
from kernel.viewer import Viewer
from referrals.casefile.selectors import sent_case


@page
def sent(request: HttpRequest, viewer: Viewer, case_id: UUID) -> HttpResponse:
    """The referral has arrived: its reference, when, and what happens next."""
    return render(request, "referrals/sent.html", {"case": sent_case(viewer, case_id)})
