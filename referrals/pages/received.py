"""What the viewer's agency has received from the cell."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode

from kernel.http.pages import page
from kernel.viewer import Viewer
from referrals.casefile.places import place_from, place_text
from referrals.compartments import compartments_in
from referrals.pages.wording import SHARE_TONES
from referrals.sharing.received import ReceivedShare
from referrals.sharing.received import received as everything_received


@page
def received(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What is open to this agency, what was, and what it has been asked to do."""
    found = everything_received(viewer, before=place_from(request.GET.get("avant", "")))
    next_url = ""
    if found.next_before:
        next_url = "?" + urlencode({"avant": place_text(found.next_before)})
    context = {
        "running": [_line(line) for line in found.running],
        "ended": [_line(line) for line in found.ended],
        "measures": found.measures,
        "cases": found.cases,
        "next_url": next_url,
    }
    return render(request, "referrals/received.html", context)


def _line(line: ReceivedShare) -> dict[str, object]:
    return {
        "share": line.share,
        "reference": line.reference,
        "elements": line.elements,
        "parts": [part.label for part in compartments_in(line.share.scope)],
        "tone": SHARE_TONES.get(line.share.state, "neutral"),
        "ended_at": line.share.ended_at or line.share.expires_at,
    }
