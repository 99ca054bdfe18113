"""Exports: ask for one from a case, see one's own, download one."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kernel.errors import NotAllowed
from kernel.http.given import given_in_pieces
from kernel.http.pages import page
from kernel.http.paused import Pause
from kernel.live.announce import last_seq
from kernel.viewer import Viewer
from referrals import policies
from referrals.casefile.selectors import case_for
from referrals.exporting.forms import AskForm
from referrals.exporting.selectors import ExportLine, my_exports
from referrals.exporting.services.ask import ask as ask_export
from referrals.exporting.services.ask import pupils_to_export, room_of, shares_to_export
from referrals.exporting.services.fetch import Fetched, begin_taking, fetch, still_there
from referrals.models.export import ExportState
from referrals.pages.acting import Act, perform, posted

TONES = {
    ExportState.REQUESTED: "info",
    ExportState.RUNNING: "progress",
    ExportState.READY: "success",
    ExportState.FAILED: "danger",
    ExportState.EXPIRED: "neutral",
}


@page
def ask(request: HttpRequest, viewer: Viewer, case_id: UUID) -> HttpResponse:
    """Ask for what one sees of a case, as a file."""
    case = case_for(viewer, case_id)
    if not policies.can_export(viewer, case):
        raise NotAllowed(case_id=case_id)
    shares, pupils = shares_to_export(viewer, case_id), pupils_to_export(viewer, case_id)
    form = AskForm(shares, pupils, posted(request))

    def shown() -> HttpResponse:
        return render(
            request, "referrals/ask_export.html", {"form": form, "case": case, "pupils": pupils}
        )

    if request.method != "POST":
        return shown()
    act = Act(
        f"export:{case_id}",
        lambda: ask_export(viewer, case_id, form.as_wanted()).pk,
        reverse("referrals:exports"),
        _("L'export est demandé. Il se prépare, vous pouvez fermer cette page."),
    )
    return perform(request, viewer, act, form=form, again=shown)


@page
def exports(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The exports of this seat, each with its state and its end; the page follows by itself."""
    room = room_of(viewer)
    context = {
        "rows": [_row(line) for line in my_exports(viewer)],
        "room": room,
        "seq": last_seq(room),
    }
    return render(request, "referrals/exports.html", context)


@page
def download(request: HttpRequest, viewer: Viewer, export_id: UUID) -> HttpResponse:
    """The file. It is on record before a byte leaves."""
    taking = begin_taking(viewer, export_id)

    def then(request: HttpRequest, viewer: Viewer, file: Fetched) -> HttpResponse:
        still_there(viewer, taking)
        return given_in_pieces(file.pieces(), file.length, taking.kind.media, taking.name)

    return Pause(lambda: fetch(taking), then)


def _row(line: ExportLine) -> dict[str, object]:
    row = line.export
    return {
        "line": line,
        "export": row,
        "title": line.reference or _("Dossier qui ne vous est plus ouvert"),
        "receipt": _("Reçu n° %(receipt)s") % {"receipt": row.receipt.upper()},
        "digest": " ".join(row.sha256[start : start + 8] for start in range(0, 64, 8)).strip(),
        "state": row.get_state_display(),
        "tone": TONES[ExportState(row.state)],
        "url": reverse("referrals:download_export", args=[row.pk]),
    }
