"""Saying why a sign-in through the provider did not come about, and how to sign in otherwise."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from agencies.oidc.errors import NotAccepted, Unknown
from agencies.pages.forms import PasswordForm
from kernel.errors import DomainError


def refused(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    """What went wrong, above the local sign-in; for a proven identity, what to do about it."""
    context: dict[str, object] = {
        "message": refusal.message,
        "unknown": isinstance(refusal, Unknown),
        "form": PasswordForm(),
        "next": "/",
        "viewer": None,
        "navigation": [],
    }
    known = isinstance(refusal, Unknown | NotAccepted)
    page = "agencies/not_signed_in.html" if known else "agencies/sign_in.html"
    return render(request, page, context, status=refusal.status)
