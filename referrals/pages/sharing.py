"""Propose a share to one agency, from what its kind usually needs; prolong one that runs."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kernel.errors import WrongState
from kernel.http.pages import page
from kernel.viewer import Viewer
from referrals import partners, policies
from referrals.casefile.cases import FROZEN, too_late_or_not_theirs
from referrals.casefile.selectors import case_for
from referrals.compartments import BY_CODE, compartments_in
from referrals.forms import ChooseAgencyForm, RenewForm, ShareForm
from referrals.models import Case
from referrals.models.access import Level
from referrals.models.share import LegalBasis, Purpose, RenewalReason
from referrals.pages.acting import Act, perform, posted, version_of
from referrals.partners import Partner
from referrals.sharing.services.propose import propose, shareable_by
from referrals.sharing.services.renew import may_renew
from referrals.sharing.services.renew import renew as renew_share
from referrals.sharing.templates import chosen_template, scope_for, templates_for
from referrals.states import COORDINATION

PREFIX = "share"


@page
def share(request: HttpRequest, viewer: Viewer, case_id: UUID) -> HttpResponse:
    """Choose an agency, then what it will see; POST proposes it."""
    sent = posted(request)
    asked = sent.get(f"{PREFIX}-to_accession", "") if sent else request.GET.get("service", "")
    desk = desk_of(viewer, case_id, asked)
    if sent is None:
        return desk.begin(request)
    form = desk.form(sent)

    def do() -> UUID:
        return propose(viewer, case_id, **terms_of(form.cleaned_data)).pk

    act = Act(
        f"share:{case_id}",
        do,
        reverse("referrals:case", args=[case_id]),
        _("Le partage est proposé. Il s'ouvrira quand le service l'aura accepté."),
    )
    return perform(request, viewer, act, form=form, again=lambda: desk.show(request, form))


def terms_of(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The terms of a share as its form has them."""
    return {
        "to_accession": UUID(chosen["to_accession"]),
        "compartments": [BY_CODE[code] for code in chosen["compartments"]],
        "purpose": Purpose(chosen["purpose"]),
        "legal_basis": LegalBasis(chosen["legal_basis"]),
        "until": chosen["until"],
        "level": Level(chosen["level"]),
        "include_future": chosen["include_future"],
    }


def desk_of(viewer: Viewer, case_id: UUID, accession_id: str) -> "Desk":
    """Where a share with that agency is written. Raises NotFound, NotAllowed or WrongState."""
    case = case_for(viewer, case_id)
    if not policies.can_share(viewer, case):
        raise too_late_or_not_theirs(viewer, COORDINATION, case_id)
    if not policies.can_act(viewer, case):
        raise WrongState(FROZEN, code="acts_frozen", case_id=case_id)
    return Desk(viewer, case, _agency(viewer, accession_id))


class Desk:
    """The form of one share: what may go to this agency, and what is usually begun from."""

    def __init__(self, viewer: Viewer, case: Case, agency: Partner | None) -> None:
        self.case, self.agency = case, agency
        self.agencies = _grouped(viewer, case)
        mine = shareable_by(viewer) & ~case.closed_scope
        self.templates = templates_for(agency.kind, mine) if agency else []
        self.scope = scope_for(agency.kind, mine) if agency else mine

    def begin(self, request: HttpRequest) -> HttpResponse:
        """The first page: which agency, or what it usually needs once it is chosen."""
        if self.agency is None:
            asked = request.GET if "service" in request.GET else None
            form = ChooseAgencyForm(self.agencies, asked)
            return render(request, "referrals/share_with.html", {"case": self.case, "form": form})
        return self.show(request, self.fresh(request.GET.get("modele", "")))

    def form(self, *args: Any, **kwargs: Any) -> ShareForm:
        """The form, empty or with what was sent."""
        chosen = self.agency is not None
        return ShareForm(
            self.agencies, *args, prefix=PREFIX, chosen=chosen, scope=self.scope, **kwargs
        )

    def fresh(self, wanted: str) -> ShareForm:
        """The form as the template that was asked for fills it."""
        self.template = chosen_template(self.templates, wanted)
        to = {"to_accession": str(self.agency.accession_id) if self.agency else ""}
        return self.form(initial=self.template.initial() | to)

    def show(self, request: HttpRequest, form: ShareForm) -> HttpResponse:
        """The page of the form."""
        agency = self.agency
        choices = [
            (t.code, t.label, t.address_for(agency.accession_id)) for t in self.templates if agency
        ]
        context = {
            "case": self.case,
            "agency": agency,
            "form": form,
            "templates": choices if not form.is_bound else [],
            "template": self.template.code if not form.is_bound else "",
        }
        return render(request, "referrals/share.html", context)


def _agency(viewer: Viewer, accession_id: str) -> Partner | None:
    """The agency of that accession, if a case can be shared with it."""
    offered = partners.partners_to_share_with(viewer)
    return next((p for p in offered if str(p.accession_id) == accession_id), None)


def _grouped(viewer: Viewer, case: Case) -> list[Any]:
    """Every agency to choose from, those that the territory names first. None is chosen by it."""
    competent = partners.competent_for(viewer, case.school_id)
    offered = partners.partners_to_share_with(viewer)
    first = [(str(p.accession_id), p.name) for p in offered if p.accession_id in competent]
    others = [(str(p.accession_id), p.name) for p in offered if p.accession_id not in competent]
    if not first:
        return [("", _("Choisir")), *others]
    named = [(_("Compétents pour cette commune"), first), (_("Autres services"), others)]
    return [("", _("Choisir")), *(group for group in named if group[1])]


@page
def renew(request: HttpRequest, viewer: Viewer, share_id: UUID) -> HttpResponse:
    """Until when a running share goes on, and why; POST prolongs it."""
    running = may_renew(viewer, share_id)
    case = case_for(viewer, running.case_id)
    form = RenewForm(posted(request), prefix="renew")

    def show() -> HttpResponse:
        parts = [part.label for part in compartments_in(running.scope)]
        context = {"share": running, "case": case, "parts": parts, "form": form}
        return render(request, "referrals/renew.html", context)

    if request.method != "POST":
        return show()

    def do() -> UUID:
        chosen = form.cleaned_data
        return renew_share(
            viewer,
            share_id,
            until=chosen["until"],
            reason=RenewalReason(chosen["reason"]),
            version=version_of(request),
        ).pk

    act = Act(
        f"renew:{share_id}",
        do,
        reverse("referrals:case", args=[running.case_id]),
        _("Le partage est prolongé. Le service est prévenu."),
    )
    return perform(request, viewer, act, form=form, again=show)
