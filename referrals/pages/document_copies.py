"""The page on which a copy of a document is made for one agency."""

from typing import Any
from uuid import UUID

from django import forms
from django.forms import formset_factory
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kernel.errors import Invalid, NotAllowed, WrongState
from kernel.http.pages import page
from kernel.http.paused import Pause
from kernel.ui.forms import PlainTextarea, show_refusal
from kernel.viewer import Viewer
from referrals import policies
from referrals.casefile.cases import refuse_while_frozen
from referrals.casefile.selectors import case_for
from referrals.documents.selectors import DocumentLine, document_line
from referrals.documents.services import redact as redacting
from referrals.documents.services.read import read_details
from referrals.pages.acting import Act, kept, perform, posted

FIRST, MOST_SHEETS = 1, 60


class CopyForm(forms.Form):
    """For whom, and which words are taken out."""

    recipient = forms.ChoiceField(label=_("Service qui verra la copie"))
    words = forms.CharField(
        label=_("Mots à cacher"),
        help_text=_("Un mot ou un nom par ligne. Chaque endroit où il se trouve devient noir."),
        required=False,
        max_length=2000,
        widget=PlainTextarea,
    )

    def __init__(self, services: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Choisir")), *services]
        self.fields["recipient"].choices = choices  # type: ignore[attr-defined]

    def listed(self) -> list[str]:
        """The words, each once."""
        lines = (line.strip() for line in self.cleaned_data["words"].splitlines())
        return list(dict.fromkeys(line for line in lines if line))


class ZoneForm(forms.Form):
    """One part of a page, in hundredths of it from its upper left corner."""

    page = forms.IntegerField(label=_("Page"), min_value=1, max_value=300, initial=FIRST)
    left = forms.FloatField(label=_("À gauche (%)"), min_value=0, max_value=100)
    top = forms.FloatField(label=_("En haut (%)"), min_value=0, max_value=100)
    width = forms.FloatField(label=_("Largeur (%)"), min_value=redacting.LEAST_SIDE, max_value=100)
    height = forms.FloatField(label=_("Hauteur (%)"), min_value=redacting.LEAST_SIDE, max_value=100)


Zones = formset_factory(ZoneForm, extra=0, can_delete=True, max_num=redacting.MOST_ZONES)


@page
def make_copy(request: HttpRequest, viewer: Viewer, document_id: UUID) -> HttpResponse:
    """Take parts of a document out, for one agency."""
    line = document_line(viewer, document_id)
    case = case_for(viewer, line.case_id)
    if not policies.can_copy_documents(viewer) or not line.editable:
        raise NotAllowed(case_id=case.pk)
    if line.copy_of or not line.ready or not line.kind.shown_as_pages:
        raise WrongState(case_id=case.pk)
    refuse_while_frozen(case.pk)
    offered = redacting.recipients(viewer, case)
    services = [(str(partner.accession_id), partner.name) for partner in offered]
    form = CopyForm(services, posted(request))
    zones = Zones(posted(request), prefix="zones")
    if request.method != "POST":
        read_details(viewer, document_id)
        return _copy_page(request, line, form, zones)
    if not form.is_valid() or not zones.is_valid():
        return kept(_copy_page(request, line, form, zones), 422)
    try:
        wanted = redacting.begin_copy(
            viewer,
            document_id,
            recipient=UUID(form.cleaned_data["recipient"]),
            zones=_zones_of(zones),
            words=form.listed(),
        )
    except Invalid as refusal:
        show_refusal(form, refusal)
        return kept(_copy_page(request, line, form, zones), refusal.status, refusal)

    def work() -> redacting.Copy | Invalid:
        try:
            return redacting.make_copy(wanted)
        except Invalid as refusal:
            return refusal

    def then(request: HttpRequest, viewer: Viewer, made: redacting.Copy | Invalid) -> HttpResponse:
        written: list[UUID] = []

        def do() -> UUID:
            if isinstance(made, Invalid):
                raise made
            written.append(redacting.keep_copy(viewer, wanted, made).pk)
            return wanted.copy_id

        address = reverse("referrals:document", args=[wanted.copy_id])
        said = _(
            "La copie est faite. Là où un partage ouvre ce document au service, il voit la copie à"
            " sa place."
        )
        act = Act(f"copy:{document_id}", do, address, said)
        try:
            return perform(
                request,
                viewer,
                act,
                form=form,
                again=lambda: _copy_page(request, line, form, zones),
            )
        finally:
            if not written:
                redacting.discard_copy(wanted)

    return Pause(work, then)


def _zones_of(zones: Any) -> list[redacting.Zone]:
    return [
        redacting.Zone(**{name: row[name] for name in ("page", "left", "top", "width", "height")})
        for row in zones.cleaned_data
        if row and not row.get("DELETE")
    ]


def _copy_page(
    request: HttpRequest, line: DocumentLine, form: CopyForm, zones: Any
) -> HttpResponse:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]  # set by ScopeMiddleware
    marked = {str(zone["page"].value()) for zone in zones}
    context = {
        "line": line,
        "case": case_for(viewer, line.case_id),
        "form": form,
        "zones": zones,
        "sheets": [
            {
                "number": number,
                "url": reverse("referrals:document_page", args=[line.id, number]),
                "open": number == FIRST or str(number) in marked,
            }
            for number in range(FIRST, min(line.about.pages, MOST_SHEETS) + 1)
        ],
        "more_pages": line.about.pages > MOST_SHEETS,
    }
    return render(request, "referrals/copy_document.html", context)
