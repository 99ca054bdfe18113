"""The versions of the protocol, and a new one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agencies.lacking import protocol_in_force
from agencies.models import Protocol, ProtocolParty
from agencies.pages.cell.common import administration
from agencies.pages.cell.protocol_forms import ProtocolForm, party_forms
from agencies.services.add_protocol import PartyInput, add_protocol
from kernel.http.acting import Act, perform, posted, version_of
from kernel.viewer import Viewer

WORDS = {"number": _("version"), "title": _("intitulé"), "signed_on": _("date de signature")}


@administration
def protocol(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Every version, the newest first, with who signed it."""
    current = protocol_in_force(viewer.cell_id)
    versions = Protocol.objects.filter(cell_id=viewer.cell_id).order_by("-number")
    parties = ProtocolParty.objects.filter(cell_id=viewer.cell_id).select_related(
        "accession__agency"
    )
    by_version: dict[UUID, list[ProtocolParty]] = {}
    for party in parties.order_by("protocol", "position"):
        by_version.setdefault(party.protocol_id, []).append(party)
    context = {
        "versions": [
            {"protocol": one, "parties": by_version.get(one.pk, []), "current": one == current}
            for one in versions
        ],
    }
    return render(request, "agencies/cell/protocol.html", context)


@administration
def protocol_new(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The next version; its parties are those of the last one until somebody changes them."""
    newest = Protocol.objects.filter(cell_id=viewer.cell_id).order_by("-number").first()
    form = ProtocolForm(posted(request), initial={"title": newest.title if newest else ""})
    parties = party_forms(viewer, newest, posted(request))

    def do() -> UUID:
        chosen = form.cleaned_data
        return add_protocol(
            viewer,
            title=chosen["title"],
            signed_on=chosen["signed_on"],
            valid_from=chosen["valid_from"],
            valid_until=chosen["valid_until"],
            parties=[_party(one, chosen["signed_on"]) for one in parties.said()],
            version=version_of(request),
        ).pk

    def again() -> HttpResponse:
        context = {
            "form": form,
            "parties": parties,
            "version": newest.number if newest else 0,
        }
        return render(request, "agencies/cell/protocol_new.html", context)

    if request.method != "POST":
        return again()
    if form.is_valid() and not parties.is_valid():
        form.add_error(None, _("Un signataire est à corriger."))
    act = Act("protocol", do, reverse("agencies:cell_protocol"), _("La version est enregistrée."))
    return perform(request, viewer, act, form=form, again=again, words=WORDS)


def _party(chosen: dict[str, Any], signed_on: Any) -> PartyInput:
    return PartyInput(
        signatory=chosen["signatory"],
        signed_on=chosen["signed_on"] or signed_on,
        accession_id=UUID(chosen["accession"]) if chosen["accession"] else None,
        party_name=chosen["party_name"],
    )
