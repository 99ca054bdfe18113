"""The agency's own keys: added, withdrawn, and what they have cosigned handed in."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from audit.witnessing.pages.witness import CopyForm, note_file, show
from audit.witnessing.selectors import cosigned_checkpoint
from audit.witnessing.services.add_witness import (
    add_witness,
    may_hand_in,
    may_keep,
    withdraw_witness,
)
from audit.witnessing.services.cosign import cosign
from kernel.errors import Invalid, NotAllowed, WrongState
from kernel.http.acting import Act, kept, perform, posted
from kernel.http.pages import page
from kernel.ui.forms import PlainTextarea, show_refusal
from kernel.viewer import Viewer


class KeyForm(forms.Form):
    """The public key of a witness, as the witness itself has printed it."""

    key = forms.CharField(
        label=_("Clé publique du témoin"),
        help_text=_("La ligne affichée par rempart_witness.py : nom, identifiant et clé."),
        max_length=400,
        widget=PlainTextarea(attrs={"rows": 3}),
    )


class CosignedForm(CopyForm):
    """A checkpoint that one's own witness has cosigned, as a file or as its text."""

    file = forms.FileField(
        label=_("Point de contrôle cosigné"),
        help_text=_("Le fichier en .cosigned que rempart_witness.py a écrit."),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".cosigned,.txt,text/plain"}),
    )


@page
def new_witness(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Add a key of one's own agency."""
    if not may_keep(viewer):
        raise NotAllowed
    form = KeyForm(posted(request))

    def again() -> HttpResponse:
        return render(request, "audit/new_witness.html", {"form": form})

    if request.method != "POST":
        return again()
    act = Act(
        "witness:add",
        lambda: add_witness(viewer, form.cleaned_data["key"]),
        reverse("audit:witness"),
        _("La clé est enregistrée : votre organisme peut cosigner le journal."),
    )
    return perform(request, viewer, act, form=form, again=again)


@page
@require_POST
def withdraw(request: HttpRequest, viewer: Viewer, witness_id: UUID) -> HttpResponse:
    """Withdraw one."""
    act = Act(
        f"witness:withdraw:{witness_id}",
        lambda: withdraw_witness(viewer, witness_id),
        reverse("audit:witness"),
        _("La clé est retirée. Ce qu'elle a cosigné reste."),
    )
    return perform(request, viewer, act, again=lambda: show(request, viewer))


@page
def hand_in(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Hand in a checkpoint that one's own agency has cosigned."""
    if not may_hand_in(viewer):
        raise NotAllowed
    form = CosignedForm(posted(request), request.FILES or None)
    context: dict[str, object] = {"form": form}
    refusal: Invalid | WrongState | None = None
    if request.method == "POST" and form.is_valid():
        try:
            context["cosigned"] = cosign(viewer, form.text())
        except (Invalid, WrongState) as refused:
            refusal = refused
            if form.cleaned_data["file"] is not None and "copy" in refused.fields:
                refused.fields["file"] = refused.fields.pop("copy")
            show_refusal(form, refused)
    answer = render(request, "audit/cosign.html", context)
    if form.is_valid() or not form.is_bound:
        return answer
    return kept(answer, refusal.status if refusal else 422, refusal)


@page
def cosigned(request: HttpRequest, viewer: Viewer, size: int) -> HttpResponse:
    """A checkpoint with its cosignatures, as a file."""
    note = cosigned_checkpoint(viewer, size)
    return note_file(note, f"journal-{viewer.cell_id}-{size}-cosigne.txt")
