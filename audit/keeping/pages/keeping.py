"""What is kept for how long, what is held, and the purges: one page, and its acts."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from audit import people, references, registry
from audit.keeping import house, policies, selectors
from audit.keeping.pages.forms import HoldForm, OneForm
from audit.keeping.periods import months_of
from audit.keeping.services import holding, purging
from audit.keeping.wording import REASONS, SCOPES, STATES
from kernel.errors import NotFound
from kernel.http.acting import Act, perform
from kernel.http.pages import page
from kernel.viewer import Viewer


@page
def overview(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The terms of the cell, what has outlived them, the purges and the holds."""
    return _shown(request, viewer)


@page
@require_POST
def propose(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Propose that everything goes whose term has passed."""
    said = _("La purge est proposée. Une autre personne doit la signer dans les quatorze jours.")
    return _done(request, viewer, "propose", lambda: purging.propose(viewer).id, said)


@page
@require_POST
def sign(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Sign what somebody else has proposed."""
    said = _("La purge est signée. Elle commence quand le journal a scellé la liste des entrées.")
    return _about_one(request, viewer, "sign", purging.sign, said)


@page
@require_POST
def withdraw(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Take a proposal back."""
    said = _("La purge est retirée : rien n'est supprimé.")
    return _about_one(request, viewer, "withdraw", purging.withdraw, said)


@page
@require_POST
def hold(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Keep a cell, a case or a person from every purge."""
    if not policies.may_propose(viewer):
        raise NotFound
    form = HoldForm(request.POST, viewer=viewer)

    def do() -> UUID:
        typed = form.cleaned_data
        return holding.place_hold(
            viewer, scope=typed["scope"], about=form.about, reason=typed["reason"]
        ).id

    said = _("Ces entrées sont gardées jusqu'à ce que quelqu'un lève la conservation.")
    return _done(request, viewer, "hold", do, said, form)


@page
@require_POST
def lift(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """End a hold."""
    said = _("La conservation est levée : ces entrées suivent de nouveau leur durée.")
    return _about_one(request, viewer, "lift", holding.lift_hold, said)


def _about_one(
    request: HttpRequest,
    viewer: Viewer,
    name: str,
    service: Callable[[Viewer, UUID], Any],
    said: object,
) -> HttpResponse:
    may = policies.may_sign if name == "sign" else policies.may_propose
    if not may(viewer):
        raise NotFound
    form = OneForm(request.POST)
    which = form.cleaned_data["which"] if form.is_valid() else UUID(int=0)
    return _done(request, viewer, f"{name}:{which}", lambda: service(viewer, which).id, said)


def _done(
    request: HttpRequest,
    viewer: Viewer,
    name: str,
    do: Callable[[], UUID],
    said: object,
    form: HoldForm | None = None,
) -> HttpResponse:
    act = Act(f"keeping:{name}", do, reverse("audit:keeping"), said)
    return perform(
        request, viewer, act, form=form, again=lambda: _shown(request, viewer, form=form)
    )


def _shown(request: HttpRequest, viewer: Viewer, *, form: HoldForm | None = None) -> HttpResponse:
    preview = selectors.preview(viewer)
    purges, holds = selectors.purges(viewer), selectors.holds(viewer)
    of_no_cell = house.purges(viewer)
    answering = {
        *(
            one
            for purge in (*purges, *of_no_cell)
            for one in (purge.proposed_by, purge.signed_by)
            if one
        ),
        *(one.placed_by for one in holds),
        *(one.about for one in holds if one.scope == "person" and one.about),
    }
    names = people.names_of(viewer, answering)
    cases = references.references_of(
        viewer, {one.about for one in holds if one.scope == "case" and one.about}
    )
    may_propose = policies.may_propose(viewer)
    if may_propose and form is None:
        form = HoldForm(None, viewer=viewer)
    context = {
        "months": months_of(viewer.cell_id),
        "preview": preview,
        "lines": [(line, registry.label_of(line.kind)) for line in preview.lines],
        "open": next((_purge(viewer, each, names) for each in purges if each.is_open), None),
        "purges": [_purge(viewer, each, names) for each in purges if not each.is_open],
        "of_no_cell": [_purge(viewer, each, names) for each in of_no_cell],
        "holds": [
            {
                "hold": each,
                "scope": SCOPES[each.scope],
                "about": cases.get(each.about) or names.get(each.about, "") if each.about else "",
                "reason": REASONS[each.reason],
                "by": names.get(each.placed_by, ""),
            }
            for each in holds
        ],
        "may_propose": may_propose,
        "form": form,
    }
    return render(request, "audit/keeping.html", context)


def _purge(viewer: Viewer, purge: selectors.Purge, names: Any) -> dict[str, Any]:
    label, tone = STATES[purge.state]
    mine = purge.proposed_by == viewer.account_id
    return {
        "purge": purge,
        "state": label,
        "tone": tone,
        "by": names.get(purge.proposed_by, ""),
        "signed_by": names.get(purge.signed_by, ""),
        "may_sign": purge.state == "proposed" and not mine,
        "may_withdraw": purge.state == "proposed" and policies.may_propose(viewer),
        "mine": mine,
    }
