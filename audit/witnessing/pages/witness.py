"""The witness's page: take a copy of the record's seal away, and compare the one that was kept."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from audit.pages.verification import fingerprint
from audit.witnessing import selectors
from audit.witnessing.services.add_witness import may_keep
from audit.witnessing.services.compare_copy import compare_copy
from audit.witnessing.services.take_checkpoint import take_checkpoint
from audit.witnessing.services.take_consistency import take_consistency
from kernel.errors import Invalid, NotFound
from kernel.http.acting import kept
from kernel.http.pages import page
from kernel.ui.forms import PlainTextarea, show_refusal
from kernel.viewer import Viewer

LONGEST = 20_000


class CopyForm(forms.Form):
    """A kept checkpoint, as a file or pasted out of a letter."""

    file = forms.FileField(
        label=_("Votre copie"),
        help_text=_("Le fichier que vous aviez téléchargé ou reçu."),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".txt,text/plain"}),
    )
    copy = forms.CharField(
        label=_("Ou son texte"),
        help_text=_("De la première à la dernière ligne, celle de la signature comprise."),
        required=False,
        strip=False,
        max_length=LONGEST,
        widget=PlainTextarea,
    )

    def text(self) -> str:
        """What was sent. Invalid when that is nothing, or no text."""
        sent = self.cleaned_data["file"]
        if sent is None:
            if not self.cleaned_data["copy"].strip():
                raise Invalid(fields={"file": [_("Choisissez un fichier ou collez son texte.")]})
            return str(self.cleaned_data["copy"])
        try:
            return str(sent.read(LONGEST).decode())
        except UnicodeDecodeError:
            raise Invalid(fields={"file": [_("Ce fichier n'est pas un texte.")]}) from None


@page
def witness(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What was signed last, and what the log says to a copy."""
    form = CopyForm()
    context: dict[str, object] = {}
    refusal: Invalid | None = None
    if request.method == "POST":
        form = CopyForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                context["compared"] = compare_copy(viewer, form.text())
            except Invalid as invalid:
                refusal = invalid
                if form.cleaned_data["file"] is not None and "copy" in invalid.fields:
                    invalid.fields["file"] = invalid.fields.pop("copy")
                show_refusal(form, invalid)
    answer = show(request, viewer, form, **context)
    return answer if form.is_valid() or not form.is_bound else kept(answer, 422, refusal)


def show(
    request: HttpRequest, viewer: Viewer, form: CopyForm | None = None, **context: object
) -> HttpResponse:
    """The page: what was signed last, by whom it was cosigned, and a form to compare a copy."""
    stored = selectors.newest_checkpoint(viewer)
    if stored is not None:
        context |= {"stored": stored, "fingerprint": fingerprint(stored.root)}
    context |= {
        "form": form or CopyForm(),
        "followed": bool(selectors.key_notes()),
        "witnesses": selectors.witnesses_of(viewer),
        "may_keep": may_keep(viewer),
    }
    return render(request, "audit/witness.html", context)


@page
def checkpoint(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The newest checkpoint as a file, exactly as it was signed."""
    stored = take_checkpoint(viewer)
    return note_file(stored.note, f"journal-{viewer.cell_id}-{stored.size}.txt")


@page
def consistency(request: HttpRequest, viewer: Viewer, older: int) -> HttpResponse:
    """What leads from a copy of so many entries to the newest checkpoint, as a file."""
    try:
        found = take_consistency(viewer, older)
    except Invalid:
        raise NotFound from None
    name = f"journal-{viewer.cell_id}-{older}-{found.size}.rempart-consistency"
    return note_file(found.text(), name)


@page
def key_notes(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """How each key of the log handed over to the next, as a file for whoever checks elsewhere."""
    notes = selectors.key_notes()
    if not notes:
        raise NotFound
    return note_file(notes, f"journal-{viewer.cell_id}-cles.txt")


def note_file(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
