"""Through which identity providers the places of this cell can be taken."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from agencies.oidc.pages.gate import configured
from agencies.services.allow_provider import (
    LONGEST_NAME,
    allow_provider,
    allowed_providers,
    withdraw_provider,
)
from kernel.http.acting import Act, perform
from kernel.http.pages import page
from kernel.viewer import Viewer


class ProviderForm(forms.Form):
    """An identity provider as its operator publishes it."""

    name = forms.CharField(
        label=_("Nom du fournisseur"),
        help_text=_("Par exemple « Ministère de la Justice ». Il n'apparaît que sur cette page."),
        max_length=LONGEST_NAME,
        error_messages={"required": _("Indiquez le nom du fournisseur.")},
    )
    idp_id = forms.CharField(
        label=_("Identifiant technique (idp_id)"),
        help_text=_("Il est publié par le service de connexion, avec le nom de l'organisme."),
        max_length=100,
        error_messages={"required": _("Indiquez l'identifiant du fournisseur.")},
    )


@page
@require_http_methods(["GET", "POST"])
def providers_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """What the cell accepts; sent, one more."""
    allowed_providers(viewer)
    if request.method == "GET":
        return _show(request, viewer, ProviderForm())
    form = ProviderForm(request.POST)
    act = Act(
        "agencies.allow_provider",
        lambda: allow_provider(
            viewer, idp_id=form.cleaned_data["idp_id"], name=form.cleaned_data["name"]
        ),
        reverse("agencies:providers"),
        gettext("Ce fournisseur est accepté."),
    )
    return perform(request, viewer, act, form=form, again=lambda: _show(request, viewer, form))


@page
@require_POST
def withdraw_page(request: HttpRequest, viewer: Viewer, provider_id: UUID) -> HttpResponse:
    """One less."""
    act = Act(
        "agencies.withdraw_provider",
        lambda: withdraw_provider(viewer, provider_id),
        reverse("agencies:providers"),
        gettext("Ce fournisseur n'est plus accepté. Les sessions ouvertes par lui ont pris fin."),
    )
    return perform(request, viewer, act, again=lambda: _show(request, viewer, ProviderForm()))


def _show(request: HttpRequest, viewer: Viewer, form: ProviderForm) -> HttpResponse:
    context = {
        "form": form,
        "providers": allowed_providers(viewer),
        "name": configured().name,
    }
    return render(request, "agencies/providers.html", context)
