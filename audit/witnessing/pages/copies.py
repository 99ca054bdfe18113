"""The copies that contradict the log, those that were set aside, and the act of two people."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from audit import people
from audit.keeping import policies
from audit.keeping.pages.forms import OneForm
from audit.pages.verification import fingerprint
from audit.sql.aside import MOST
from audit.witnessing import aside
from audit.witnessing.services import set_aside
from audit.witnessing.wording import REASONS, STATES
from kernel.errors import NotFound
from kernel.http.acting import Act, perform
from kernel.http.pages import page
from kernel.viewer import Viewer


class ReasonForm(forms.Form):
    """Why these copies no longer speak against the log, and which ones were shown."""

    reason = forms.ChoiceField(
        label=_("Motif"),
        choices=[
            ("", _("Choisir")),
            *((code, capfirst(words)) for code, words in REASONS.items()),
        ],
    )
    shown = forms.RegexField(f"^{set_aside.SHOWN}$", widget=forms.HiddenInput())


@page
def overview(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The copies that raise the alarm, and those that raise none any more."""
    return _shown(request, viewer)


@page
@require_POST
def propose(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Propose to set aside every copy that contradicts the log, as the page showed them."""
    if not policies.may_propose(viewer):
        raise NotFound
    form = ReasonForm(request.POST)
    said = _(
        "La mise à l'écart est proposée. Une autre personne doit la signer dans les quatorze jours."
    )

    def do() -> UUID:
        return set_aside.propose(viewer, **form.cleaned_data).id

    return _done(request, viewer, "propose", do, said, form)


@page
@require_POST
def sign(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Sign what somebody else has proposed."""
    said = _("Ces copies sont mises à l'écart. L'alerte s'éteint à la prochaine vérification.")
    return _about_one(request, viewer, policies.may_sign, set_aside.sign, said)


@page
@require_POST
def withdraw(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Take a proposal back."""
    said = _("La proposition est retirée : l'alerte tient.")
    return _about_one(request, viewer, policies.may_propose, set_aside.withdraw, said)


def _about_one(
    request: HttpRequest,
    viewer: Viewer,
    may: Callable[[Viewer], bool],
    service: Callable[[Viewer, UUID], aside.Aside],
    said: object,
) -> HttpResponse:
    if not may(viewer):
        raise NotFound
    form = OneForm(request.POST)
    which = form.cleaned_data["which"] if form.is_valid() else UUID(int=0)
    name = f"{service.__name__}:{which}"
    return _done(request, viewer, name, lambda: service(viewer, which).id, said)


def _done(
    request: HttpRequest,
    viewer: Viewer,
    name: str,
    do: Callable[[], UUID],
    said: object,
    form: ReasonForm | None = None,
) -> HttpResponse:
    act = Act(f"copies:{name}", do, reverse("audit:copies"), said)
    return perform(
        request, viewer, act, form=form, again=lambda: _shown(request, viewer, form=form)
    )


def _shown(request: HttpRequest, viewer: Viewer, *, form: ReasonForm | None = None) -> HttpResponse:
    found = aside.asides(viewer)
    names = people.names_of(
        viewer, {one for each in found for one in (each.proposed_by, each.signed_by) if one}
    )
    may_propose = policies.may_propose(viewer)
    rows = [_row(viewer, each, names) for each in found]
    standing = aside.standing(viewer)
    context = {
        "standing": _kept(standing),
        "shown": aside.shown_by(standing),
        "most": MOST if len(standing) > MOST else 0,
        "open": next((row for row in rows if row["aside"].state == "proposed"), None),
        "signed": [row for row in rows if row["aside"].state == "signed"],
        "may_propose": may_propose,
        "form": form or ReasonForm(),
    }
    return render(request, "audit/copies.html", context)


def _row(viewer: Viewer, each: aside.Aside, names: Any) -> dict[str, Any]:
    return {
        "aside": each,
        "tone": STATES[each.state][1],
        "copies": _kept(each.copies),
        "reason": REASONS[each.reason],
        "by": names.get(each.proposed_by, ""),
        "signed_by": names.get(each.signed_by, ""),
        "may_sign": each.proposed_by != viewer.account_id,
        "may_withdraw": policies.may_propose(viewer),
    }


def _kept(copies: Sequence[aside.Kept]) -> list[tuple[int, str, str]]:
    """How many entries each speaks of, what it says of them, and what the record calls it."""
    return [(copy.size, _spaced(copy.root), _spaced(copy.digest)) for copy in copies]


def _spaced(text: str) -> str:
    return fingerprint(bytes.fromhex(text))
