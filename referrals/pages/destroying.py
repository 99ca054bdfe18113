"""The page on which a document that should not be there is destroyed."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kernel.errors import NotAllowed
from kernel.http.pages import page
from kernel.ui.forms import RadioChoices
from kernel.viewer import Viewer
from referrals.casefile.cases import refuse_while_frozen
from referrals.casefile.selectors import case_for
from referrals.documents.selectors import document_line
from referrals.documents.services.destroy import NOT_YOURS, REASONS, destroy, may_destroy
from referrals.documents.services.read import read_details
from referrals.models.document import Reason
from referrals.pages.acting import Act, perform, posted


class DestroyForm(forms.Form):
    """Why it goes."""

    reason = forms.ChoiceField(
        label=_("Pourquoi le détruire ?"),
        help_text=_("Ce que vous choisissez est écrit dans l'historique du dossier et au journal."),
        choices=REASONS,
        widget=RadioChoices,
    )


@page
def destroy_document(request: HttpRequest, viewer: Viewer, document_id: UUID) -> HttpResponse:
    """Destroy a document, with a reason, for good."""
    form = DestroyForm(posted(request))

    def shown() -> HttpResponse:
        line = document_line(viewer, document_id)
        if not may_destroy(viewer, document_id):
            raise NotAllowed(NOT_YOURS, case_id=line.case_id)
        refuse_while_frozen(line.case_id)
        context: dict[str, Any] = {
            "form": form,
            "line": line,
            "case": case_for(viewer, line.case_id),
        }
        return render(request, "referrals/destroy_document.html", context)

    if request.method != "POST":
        read_details(viewer, document_id)
        return shown()
    act = Act(
        f"destroy:{document_id}",
        lambda: destroy(viewer, document_id, Reason(form.cleaned_data["reason"])),
        lambda case_id: reverse("referrals:case", args=[case_id]) + "#documents",
        _("Le document est détruit. Personne ne peut plus le lire."),
    )
    return perform(request, viewer, act, form=form, again=shown)


def destroy_url(viewer: Viewer, document_id: UUID) -> str:
    """Where a document is destroyed, for those who may."""
    if not may_destroy(viewer, document_id):
        return ""
    return reverse("referrals:destroy_document", args=[document_id])
