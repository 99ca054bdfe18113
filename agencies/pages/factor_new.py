"""Adding a factor of one's own: an authenticator, a passkey, a sheet of backup codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from agencies.models import Account
from agencies.pages.own_factor_forms import (
    FirstCodeForm,
    NewFactorForm,
    NewPasskeyForm,
    PasswordAgainForm,
)
from agencies.pages.progress import origin_of
from agencies.pages.showing import shown_once
from agencies.services import my_factors
from agencies.services.origin import SIGNIN
from kernel.errors import DomainError, StepUpRequired
from kernel.http.acting import posted
from kernel.http.pages import open_before_charter, page
from kernel.step_up import require_fresh
from kernel.ui.forms import show_refusal
from kernel.viewer import Viewer

SECRETS = ("password", "answer", "code")


@open_before_charter
@page
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def authenticator_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Ask for a name and the password; the answer to them shows the seed, this once."""
    require_fresh(viewer)
    form = NewFactorForm(posted(request), with_password=_has_password(viewer))
    template = "agencies/factor_totp.html"
    if not form.is_valid():
        return _show(request, template, form)
    try:
        device = my_factors.begin_authenticator(
            viewer,
            origin_of(request),
            password=form.cleaned_data.get("password", ""),
            name=form.cleaned_data["name"],
        )
    except DomainError as refusal:
        return _refused(request, template, form, refusal)
    context = shown_once(device) | {"form": FirstCodeForm(), "device": device}
    return render(request, "agencies/factor_totp_code.html", context)


@open_before_charter
@page
@require_http_methods(["GET", "POST"])
def confirm_page(request: HttpRequest, viewer: Viewer, device_id: int) -> HttpResponse:
    """Take the first code of a new authenticator. Its seed is not shown here again."""
    device = my_factors.begun_authenticator(viewer, device_id)
    form = FirstCodeForm(posted(request))
    template, context = "agencies/factor_totp_code.html", {"device": device}
    if not form.is_valid():
        return _show(request, template, form, context)
    try:
        my_factors.confirm_authenticator(viewer, device_id, form.cleaned_data["code"])
    except DomainError as refusal:
        return _refused(request, template, form, refusal, context)
    return _done(request, _("Votre application est ajoutée. Vos autres sessions sont fermées."))


@open_before_charter
@page
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def passkey_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Ask for a name and the password, and have the browser make a passkey."""
    require_fresh(viewer)
    form = NewPasskeyForm(posted(request), with_password=_has_password(viewer))
    template = "agencies/factor_passkey.html"
    if not form.is_valid():
        return _show(request, template, form)
    try:
        my_factors.add_passkey(
            viewer,
            origin_of(request),
            password=form.cleaned_data.get("password", ""),
            name=form.cleaned_data["name"],
            answer=form.cleaned_data["answer"],
        )
    except DomainError as refusal:
        return _refused(request, template, form, refusal)
    return _done(request, _("Votre clé d'accès est ajoutée. Vos autres sessions sont fermées."))


@open_before_charter
@page
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def codes_page(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Say what a sheet is for and ask for the password; the answer shows the codes, this once."""
    require_fresh(viewer)
    form = PasswordAgainForm(posted(request), with_password=_has_password(viewer))
    template, context = "agencies/backup_codes.html", {"mine": my_factors.my_factors(viewer)}
    if not form.is_valid():
        return _show(request, template, form, context)
    try:
        codes = my_factors.print_codes(
            viewer, origin_of(request), password=form.cleaned_data.get("password", "")
        )
    except DomainError as refusal:
        return _refused(request, template, form, refusal, context)
    return render(request, "agencies/backup_sheet.html", {"codes": codes})


def _has_password(viewer: Viewer) -> bool:
    return Account.objects.using(SIGNIN).get(pk=viewer.account_id).has_usable_password()


def _show(
    request: HttpRequest, template: str, form: forms.Form, context: Mapping[str, Any] | None = None
) -> HttpResponse:
    status = 422 if form.is_bound else 200
    _forget_secrets(form)
    return render(request, template, {"form": form, **(context or {})}, status=status)


def _refused(
    request: HttpRequest,
    template: str,
    form: forms.Form,
    refusal: DomainError,
    context: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """The form again with what is wrong; a factor that is too old is for the step-up."""
    if isinstance(refusal, StepUpRequired):
        raise refusal
    show_refusal(form, refusal)
    response = _show(request, template, form, context)
    response.status_code = refusal.status
    response.refusal = refusal  # type: ignore[attr-defined]  # read by ScopeMiddleware
    return response


def _forget_secrets(form: forms.Form) -> None:
    if form.is_bound:
        form.data = {name: value for name, value in form.data.items() if name not in SECRETS}


def _done(request: HttpRequest, said: str) -> HttpResponse:
    messages.success(request, said)
    return HttpResponseRedirect(reverse("agencies:factors"))
