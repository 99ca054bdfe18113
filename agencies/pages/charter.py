"""Reading and signing the charter, and adopting a new version of it."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from agencies import policies
from agencies.charters import charter_of, how_many_signed, signed_on
from agencies.pages.confirming import go_on_page
from agencies.pages.progress import target_of
from agencies.services.adopt_charter import LONGEST, adopt_charter
from agencies.services.sign_charter import sign_charter
from kernel.errors import Conflict, NotAllowed, WrongState
from kernel.http.acting import Act, perform
from kernel.http.pages import open_before_charter, page
from kernel.ui.forms import PlainTextarea
from kernel.viewer import Viewer


class SigningForm(forms.Form):
    """The promise itself, to be ticked."""

    promise = forms.BooleanField(
        label=gettext_lazy("J'ai lu la charte et je m'engage à la respecter."),
        error_messages={"required": gettext_lazy("Cochez la case pour signer.")},
    )


class AdoptingForm(forms.Form):
    """What the cell adds to the common text."""

    additions = forms.CharField(
        label=gettext_lazy("Règles propres à la cellule"),
        help_text=gettext_lazy("Elles suivent le texte commun. Laissez vide s'il suffit."),
        required=False,
        max_length=LONGEST,
        widget=PlainTextarea(attrs={"rows": 10}),
    )


@open_before_charter
@page
@require_http_methods(["GET", "POST"])
def charter_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The charter in force, and its signature; then on to what waited for it."""
    form = SigningForm(request.POST if request.method == "POST" else None)
    if request.method == "GET" and viewer.charter_signed and "act" in request.GET:
        return go_on_page(request, viewer, request.GET["act"], _("La charte est signée"))
    if form.is_bound and form.is_valid():
        shown = request.POST.get("version", "")
        try:
            sign_charter(viewer, version=int(shown) if shown.isdecimal() else 0)
        except (Conflict, WrongState) as refusal:
            messages.error(request, str(refusal.message))
            return HttpResponseRedirect(_here(request))
        messages.success(request, _("La charte est signée."))
        return HttpResponseRedirect(_here(request) if "act" in request.GET else target_of(request))
    current = charter_of(viewer)
    context = {
        "form": form,
        "charter": current,
        "signed_on": signed_on(viewer, current.version),
        "here": _here(request),
    }
    return render(request, "agencies/charter.html", context, status=422 if form.is_bound else 200)


@page
@require_http_methods(["GET", "POST"])
def cell_charter_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What the cell adds to the common text, and how many have signed the version in force."""
    if not policies.can_administer(viewer):
        raise NotAllowed
    current = charter_of(viewer)
    if request.method == "GET":
        return _adopting(request, viewer, AdoptingForm(initial={"additions": current.additions}))
    form = AdoptingForm(request.POST)
    after = request.POST.get("_version", "")

    def do() -> UUID:
        return adopt_charter(
            viewer,
            additions=form.cleaned_data["additions"].replace("\r\n", "\n"),
            after=int(after) if after.isdecimal() and len(after) < 9 else current.version,
        ).pk

    act = Act(
        "charter:adopt",
        do,
        reverse("agencies:charter"),
        _("La nouvelle version est en vigueur : chacun la signe à sa prochaine action."),
    )
    return perform(request, viewer, act, form=form, again=lambda: _adopting(request, viewer, form))


def _adopting(request: HttpRequest, viewer: Viewer, form: AdoptingForm) -> HttpResponse:
    current = charter_of(viewer)
    signed, people = how_many_signed(viewer, current.version)
    context = {"form": form, "charter": current, "signed": signed, "people": people}
    return render(request, "agencies/cell_charter.html", context)


def _here(request: HttpRequest) -> str:
    known = {name: request.GET[name] for name in ("act", "next") if name in request.GET}
    return reverse("agencies:charter") + (f"?{urlencode(known)}" if known else "")
