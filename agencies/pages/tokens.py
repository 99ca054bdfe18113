"""Tokens of agency systems: the list, the form, and the one moment at which a secret is shown."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from agencies.pages.leaving_forms import TokenForm
from agencies.services.make_token import (
    Made,
    agencies_with_tokens,
    make_token,
    may_keep_tokens,
    revoke_token,
    tokens_of,
)
from agencies.services.note_reading import note_people
from kernel.clock import now
from kernel.errors import DomainError, Invalid, NotAllowed
from kernel.http import bearer
from kernel.http.acting import Act, kept, perform, posted
from kernel.http.pages import page
from kernel.ui.forms import show_refusal
from kernel.viewer import Viewer


@page
def tokens_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The tokens of the viewer's agency, or of the whole cell for its administration."""
    if not may_keep_tokens(viewer):
        raise NotAllowed
    return _list(request, viewer)


@page
def new_token_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Ask what for; POST makes it and shows its secret, this once."""
    accessions = agencies_with_tokens(viewer)
    if not accessions.exists():
        raise NotAllowed
    form = TokenForm(posted(request), accessions=accessions)
    if request.method != "POST":
        return render(request, "agencies/new_token.html", {"form": form})
    if not form.is_valid():
        return kept(render(request, "agencies/new_token.html", {"form": form}), 422)
    try:
        made = _made(viewer, form)
    except Invalid as refusal:
        return _again(request, form, refusal)
    return render(request, "agencies/token_made.html", {"made": made, "form": form})


@page
@require_POST
def revoke_page(request: HttpRequest, viewer: Viewer, token_id: UUID) -> HttpResponse:
    """End a token."""

    def do() -> UUID:
        return revoke_token(viewer, token_id).pk

    act = Act(
        f"revoke:{token_id}",
        do,
        reverse("agencies:tokens"),
        _("Le jeton est révoqué : il n'ouvre plus rien."),
    )
    return perform(request, viewer, act, again=lambda: _list(request, viewer))


def _made(viewer: Viewer, form: TokenForm) -> Made:
    data = form.cleaned_data
    return make_token(
        viewer,
        accession_id=UUID(data["accession"]),
        called=data["called"],
        may=data["may"],
        days=data["days"],
        networks=[line for line in data["networks"].splitlines() if line.strip()],
    )


def _again(request: HttpRequest, form: TokenForm, refusal: DomainError) -> HttpResponse:
    show_refusal(form, refusal)
    response = render(request, "agencies/new_token.html", {"form": form})
    return kept(response, refusal.status, refusal)


def _list(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    labels = {scope.code: scope.label for scope in bearer.scopes()}
    rows = [
        {
            "token": token,
            "may": [labels.get(code, code) for code in token.may],
            "over": token.revoked_at is not None or token.seat.valid_until <= now(),
            "revoked": token.revoked_at is not None,
        }
        for token in tokens_of(viewer)
    ]
    note_people(viewer, "tokens", len(rows))
    context = {"rows": rows, "may_make": agencies_with_tokens(viewer).exists()}
    return render(request, "agencies/tokens.html", context)
