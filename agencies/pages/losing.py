"""Having lost everything: asking for new factors, and the one-time link at the end."""

from __future__ import annotations

from typing import Final

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from agencies.pages.own_factor_forms import FirstCodeForm, LinkForm, LostForm
from agencies.pages.progress import origin_of
from agencies.pages.showing import shown_once
from agencies.services.agree_replacement import digest_of
from agencies.services.ask_replacement import ask_replacement
from agencies.services.sign_in import Wait
from agencies.services.use_replacement import begin_with_link, finish_with_link, link_is_good
from kernel.errors import DomainError
from kernel.http.acting import posted
from kernel.http.pages import public_page
from kernel.ui.forms import show_refusal

LINK: Final = "replacement_link"
DEVICE: Final = "replacement_device"
CODE: Final = "agencies/replace_code.html"


@public_page
@require_http_methods(["GET", "POST"])
def lost_page(request: HttpRequest) -> HttpResponse:
    """Ask for the replacement of everything. The answer is the same whoever asks."""
    form = LostForm(posted(request))
    if not form.is_valid():
        return _show(request, "agencies/lost.html", form)
    try:
        ask_replacement(origin_of(request), email=form.cleaned_data["email"])
    except DomainError as refusal:
        return _refused(request, "agencies/lost.html", form, refusal)
    return render(request, "agencies/lost_asked.html")


@public_page
@require_http_methods(["GET"])
def link_page(request: HttpRequest, token: str) -> HttpResponse:
    """Keep a good link's digest and go on without it in the address, good or not.

    An address is followed without being asked, from anywhere: it changes nothing about a session
    that is there. The key is new once somebody has shown the password.
    """
    digest = digest_of(token)
    if link_is_good(digest):
        request.session[LINK] = digest.hex()
        request.session.pop(DEVICE, None)
    return redirect("agencies:replace")


@public_page
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def replace_page(request: HttpRequest) -> HttpResponse:
    """Ask for the password that goes with the link; the answer shows the new seed, this once."""
    digest = _digest(request)
    if not link_is_good(digest):
        return render(request, "agencies/replace_over.html", status=409)
    form = LinkForm(posted(request))
    if not form.is_valid():
        return _show(request, "agencies/replace.html", form)
    try:
        device = begin_with_link(origin_of(request), digest, password=form.cleaned_data["password"])
    except DomainError as refusal:
        return _refused(request, "agencies/replace.html", form, refusal)
    if getattr(request, "viewer", None) is None:
        request.session.cycle_key()
    request.session[DEVICE] = device.pk
    return render(request, CODE, shown_once(device) | {"form": FirstCodeForm()})


@public_page
@require_http_methods(["GET", "POST"])
def confirm_page(request: HttpRequest) -> HttpResponse:
    """Take the first code of the new authenticator, which uses the link up."""
    digest, device_id = _digest(request), request.session.get(DEVICE)
    if device_id is None or not link_is_good(digest):
        return redirect("agencies:replace")
    form = FirstCodeForm(posted(request))
    if not form.is_valid():
        return _show(request, CODE, form)
    try:
        finish_with_link(
            origin_of(request), digest, device_id=device_id, code=form.cleaned_data["code"]
        )
    except DomainError as refusal:
        return _refused(request, CODE, form, refusal)
    request.session.flush()
    return HttpResponseRedirect(reverse("agencies:sign_in"))


def _digest(request: HttpRequest) -> bytes:
    return bytes.fromhex(request.session.get(LINK, ""))


def _show(request: HttpRequest, template: str, form: forms.Form) -> HttpResponse:
    return render(request, template, {"form": form}, status=422 if form.is_bound else 200)


def _refused(
    request: HttpRequest, template: str, form: forms.Form, refusal: DomainError
) -> HttpResponse:
    form.data = {name: value for name, value in form.data.items() if name == "email"}
    show_refusal(form, refusal)
    response = _show(request, template, form)
    response.status_code = refusal.status
    if isinstance(refusal, Wait):
        response.headers["Retry-After"] = str(refusal.seconds)
    return response
