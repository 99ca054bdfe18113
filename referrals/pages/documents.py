"""Documents: add one, download one."""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kernel.errors import Invalid, NotAllowed, NotFound, WrongState
from kernel.files.antivirus import Verdict
from kernel.files.kinds import Kind
from kernel.http.given import given
from kernel.http.pages import page
from kernel.http.paused import Pause
from kernel.ui.forms import show_refusal
from kernel.viewer import Viewer
from referrals import policies
from referrals.casefile.cases import ENDED
from referrals.casefile.selectors import case_for
from referrals.documents.forms import DocumentForm
from referrals.documents.selectors import DocumentLine, document_line, parts_to_fill
from referrals.documents.services import add as adding
from referrals.documents.services import check_again as checking
from referrals.documents.services import upload as sending
from referrals.documents.services.read import (
    as_taken,
    begin_reading,
    fetch,
    mark_of,
    page_shown,
    read_details,
    still_readable,
    words_shown,
)
from referrals.pages.acting import Act, kept, perform
from referrals.pages.case_view import case_page
from referrals.pages.destroying import destroy_url
from referrals.states import ENDS


@page
def add(request: HttpRequest, viewer: Viewer, case_id: UUID) -> HttpResponse:
    """Add a document to a case."""
    case = case_for(viewer, case_id)
    parts = parts_to_fill(case)
    if not policies.can_add_documents(viewer) or not parts:
        raise NotAllowed(case_id=case_id)
    if case.state in ENDS:
        raise WrongState(ENDED, case_id=case_id)
    if request.method != "POST":
        return _form_page(request, case_id, DocumentForm(parts))
    form = DocumentForm(parts, request.POST, request.FILES)
    if not form.is_valid():
        if form.has_error("intimate", adding.INTIMATE_IMAGE):
            _forget_image(viewer, form)
        return kept(_form_page(request, case_id, form), 422, _refused_file(form))
    try:
        ticket = adding.prepare(viewer, case_id, form.as_new())
        content = _content_of(viewer, case_id, form)
    except Invalid as refusal:
        show_refusal(form, refusal)
        return kept(_form_page(request, case_id, form), refusal.status, refusal)

    def work() -> adding.Received | Invalid:
        try:
            return adding.receive(ticket, content())
        except Invalid as refusal:
            return refusal

    def then(
        request: HttpRequest, viewer: Viewer, found: adding.Received | Invalid
    ) -> HttpResponse:
        return _add(request, viewer, ticket, found, form)

    return Pause(work, then)


def _content_of(viewer: Viewer, case_id: UUID, form: DocumentForm) -> Callable[[], bytes]:
    """What opens the file: that of the form, or the one that has arrived in parts."""
    sent = form.cleaned_data["file"]
    if sent is not None:
        content: bytes = sent.read()
        return lambda: content
    file = sending.arrived(viewer, form.cleaned_data["upload"], case_id)
    return lambda: sending.opened(file)


def _add(
    request: HttpRequest,
    viewer: Viewer,
    ticket: adding.Ticket,
    found: adding.Received | Invalid,
    form: DocumentForm,
) -> HttpResponse:
    """Write down what was received, or show the form again. What is not written down is dropped."""
    case_id, added = ticket.case_id, []

    def do() -> UUID:
        if isinstance(found, Invalid):
            raise found
        upload = form.cleaned_data["upload"]
        if upload:
            # Sent from two tabs at once, it becomes one document: the second finds it gone.
            sending.my_upload(viewer, upload, lock=True)
        added.append(adding.add(viewer, ticket, found).pk)
        if upload:
            sending.forget(viewer, upload)
        return ticket.document_id

    act = Act(
        f"document:{case_id}",
        do,
        reverse("referrals:case", args=[case_id]) + "#documents",
        _("Le document est ajouté au dossier."),
    )
    if isinstance(found, Invalid):
        _take_back(viewer, form)
    try:
        return perform(
            request, viewer, act, form=form, again=lambda: _form_page(request, case_id, form)
        )
    finally:
        if not added:
            adding.discard(ticket)


def _take_back(viewer: Viewer, form: DocumentForm) -> None:
    """A file that is not accepted is not sent again with the corrected form."""
    if form.cleaned_data["upload"]:
        sending.forget(viewer, form.cleaned_data["upload"])
    form.data = {**form.data.dict(), "upload": "", "upload_name": ""}  # type: ignore[attr-defined]


def _refused_file(form: DocumentForm) -> Invalid | None:
    """The refusal of a file goes on record; a form that is not complete does not."""
    for field, code in (("intimate", "intimate_image"), ("file", "file_too_large")):
        if form.has_error(field, code):
            return Invalid(code=code)
    return None


def _forget_image(viewer: Viewer, form: DocumentForm) -> None:
    """Nothing of such an image is kept, not even sealed and not for an hour."""
    if form.cleaned_data.get("upload"):
        _take_back(viewer, form)


def _form_page(request: HttpRequest, case_id: UUID, form: DocumentForm) -> HttpResponse:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]  # set by ScopeMiddleware
    case = case_for(viewer, case_id)
    context = {"form": form, "case": case}
    return render(request, "referrals/add_document.html", context)


@page
def download(request: HttpRequest, viewer: Viewer, document_id: UUID) -> HttpResponse:
    """A document as a file to keep. It is on record before a byte leaves."""
    reading = begin_reading(viewer, document_id, how="download")

    def then(request: HttpRequest, viewer: Viewer, content: bytes) -> HttpResponse:
        still_readable(viewer, reading)
        return as_file(content, reading.kind, reading.name)

    return Pause(lambda: as_taken(viewer, reading, fetch(reading)), then)


@page
def document(request: HttpRequest, viewer: Viewer, document_id: UUID) -> HttpResponse:
    """What a document is, and what it looks like, page by page."""
    line = document_line(viewer, document_id)
    drawn = line.about.pages or not (line.ready or line.pending)
    if drawn:
        read_details(viewer, document_id)
    number = _page_number(request, line.about.pages)
    context = {
        "line": line,
        "case": case_for(viewer, line.case_id),
        "number": number,
        "shown": line.ready or line.pending,
        "picture_url": reverse("referrals:document_page", args=[document_id, number]),
        "previous_url": f"?page={number - 1}" if number > 1 else None,
        "next_url": f"?page={number + 1}" if number < line.about.pages else None,
        "download_url": reverse("referrals:download_document", args=[document_id]),
        "copy_url": _copy_url(viewer, line),
        "destroy_url": destroy_url(viewer, line.id),
    }
    if drawn:
        return render(request, "referrals/document.html", context)
    reading = begin_reading(viewer, document_id, how="preview")

    def then(request: HttpRequest, viewer: Viewer, words: str) -> HttpResponse:
        still_readable(viewer, reading)
        said = {"words": words, "mark": mark_of(viewer)}
        return render(request, "referrals/document.html", context | said)

    return Pause(lambda: words_shown(reading, fetch(reading)), then)


@page
def document_page(
    request: HttpRequest, viewer: Viewer, document_id: UUID, number: int
) -> HttpResponse:
    """One page as a picture with the reader's name and the time across it; each is on record."""
    reading = begin_reading(viewer, document_id, how="preview")

    def then(request: HttpRequest, viewer: Viewer, picture: bytes) -> HttpResponse:
        still_readable(viewer, reading)
        return given(picture, "image/jpeg", "page.jpg", inline=True)

    if not reading.kind.shown_as_pages:
        raise NotFound(case_id=reading.case_id)
    return Pause(lambda: page_shown(viewer, reading, fetch(reading), number), then)


def _copy_url(viewer: Viewer, line: DocumentLine) -> str:
    """Where a copy of it is made for one agency, for those who may."""
    fit = line.ready and line.kind.shown_as_pages and line.copy_of is None
    may = policies.can_copy_documents(viewer) and line.editable
    return reverse("referrals:copy_document", args=[line.id]) if fit and may else ""


def _page_number(request: HttpRequest, pages: int) -> int:
    text = request.GET.get("page", "1")
    number = int(text) if text.isdecimal() and len(text) < 5 else 1
    return min(max(number, 1), max(pages, 1))


@page
def check_again(request: HttpRequest, viewer: Viewer, document_id: UUID) -> HttpResponse:
    """Have a document that waits looked at by the virus scanner now."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    reading = checking.begin_check(viewer, document_id)
    address = reverse("referrals:case", args=[reading.case_id]) + "#documents"

    def then(request: HttpRequest, viewer: Viewer, verdict: Verdict) -> HttpResponse:
        act = Act(
            f"check:{document_id}",
            lambda: checking.finish_check(viewer, document_id, verdict).pk,
            address,
            _("Le document est vérifié."),
        )
        return perform(
            request, viewer, act, again=lambda: case_page(request, viewer, reading.case_id)
        )

    return Pause(lambda: checking.scan(reading), then)


def as_file(content: bytes, kind: Kind, name: str) -> HttpResponse:
    """An answer that a browser saves and never runs, whatever the bytes would like to be."""
    return given(content, kind.media, name)
