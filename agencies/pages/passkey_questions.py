"""The questions that a page hands to the browser's passkeys, as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from agencies.models import Account
from agencies.pages.progress import origin_of, progress_of, viewer_of
from agencies.services import passkeys, throttle
from agencies.services.my_factors import ask_for_passkey
from agencies.services.origin import SIGNIN
from agencies.services.sign_in import Wait
from kernel.errors import DomainError, SignInRequired
from kernel.http.failures import body_of
from kernel.http.pages import open_before_charter, page, public_page
from kernel.viewer import Viewer


@public_page
@require_POST
def ask_any(request: HttpRequest) -> HttpResponse:
    """The question for whichever passkey the browser holds: the same for everybody who asks."""
    return _answer(request, lambda: passkeys.ask(None))


@public_page
@require_POST
def ask_mine(request: HttpRequest) -> HttpResponse:
    """The question for the passkeys of whoever is signed in, or has just given a password."""

    def question() -> dict[str, Any]:
        viewer, progress = viewer_of(request), progress_of(request.session)
        known = viewer.account_id if viewer else progress.account_id if progress else None
        accounts = Account.objects.using(SIGNIN).filter(is_active=True)
        account = accounts.filter(pk=known).first() if known else None
        if account is None:
            raise SignInRequired
        return passkeys.ask(account)

    return _answer(request, question)


@open_before_charter
@page
@require_POST
def ask_new(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The question with which the person's browser makes a new passkey."""
    return _answer(request, lambda: ask_for_passkey(viewer))


def _answer(request: HttpRequest, question: Callable[[], dict[str, Any]]) -> HttpResponse:
    """JSON whatever comes of it, in the one shape of refusals: a script reads it."""
    try:
        until = throttle.ask(origin_of(request))
        if until is not None:
            raise Wait(until)
        return JsonResponse(question())
    except DomainError as refusal:
        response = JsonResponse(body_of(refusal), status=refusal.status)
        if isinstance(refusal, Wait):
            response.headers["Retry-After"] = str(refusal.seconds)
        return response
