"""How the house says no to a browser: a page or JSON, the same bytes for the same refusal."""

import logging

from django.contrib import messages
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError, DataError, IntegrityError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from kernel.errors import (
    CharterUnsigned,
    Conflict,
    DomainError,
    Invalid,
    NotAllowed,
    NotFound,
    SignInRequired,
    StepUpRequired,
    TooLarge,
    TooMany,
    Unavailable,
)
from kernel.http.interrupted import first

logger = logging.getLogger(__name__)
ROW_SECURITY = "42501"
AUTOSAVE = "X-Autosave"
"""Sent by a page that saves by itself and reads the answer as JSON."""
LONGEST_MESSAGE = 500
CSRF_FAILED = "csrf_failed"
LOST = _(
    "Rien n'a été envoyé : vous n'étiez plus connecté. Connectez-vous, puis envoyez de nouveau."
)
LOST_WITH_FILE = _(
    "Rien n'a été envoyé : vous n'étiez plus connecté. Connectez-vous, puis envoyez de nouveau ; un"
    " fichier joint est à choisir de nouveau."
)
TEMPLATES = {403: "403.html", 404: "404.html", 409: "409.html"}


def refusal_of(error: BaseException) -> DomainError | None:
    """The refusal that an exception stands for, or None for what nobody foresaw.

    What the database itself refuses got past a policy: it is refused all the same, and logged.
    """
    if isinstance(error, DomainError):
        return error
    if isinstance(error, IntegrityError):
        logger.error("the database refused a change: %s", type(error.__cause__).__name__)
        return Conflict(_("Cette action se heurte à une autre. Rechargez la page et réessayez."))
    if isinstance(error, OperationalError):
        return Unavailable()
    if isinstance(error, DataError):
        logger.error("the database could not read a value: %s", type(error.__cause__).__name__)
        return Invalid()
    if (
        isinstance(error, DatabaseError)
        and getattr(error.__cause__, "sqlstate", None) == ROW_SECURITY
    ):
        logger.error("row security refused what a policy had allowed")
        return NotFound()
    return None


def failure_response(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The answer to a refusal, in the shape that the asking program reads."""
    if request.path.startswith("/api/") or AUTOSAVE in request.headers:
        return JsonResponse(body_of(error), status=error.status, headers=headers_of(error))
    if isinstance(error, SignInRequired):
        return _to_sign_in(request)
    if isinstance(error, StepUpRequired):
        return first(request, "agencies:confirm")
    if isinstance(error, CharterUnsigned):
        return first(request, "agencies:charter")
    context = {"message": error.message, "changed": error.changed, "status": error.status}
    template = TEMPLATES.get(error.status, "refused.html")
    if getattr(request, "htmx", False):
        template = "ui/refused_fragment.html"
    return HttpResponse(
        render_to_string(template, {} if error.status == 404 else context), status=error.status
    )


def headers_of(error: DomainError) -> dict[str, str]:
    """When to come back, for programs."""
    seconds = error.retry_after if isinstance(error, TooMany) else None
    return {"Retry-After": str(seconds)} if seconds else {}


def body_of(error: DomainError) -> dict[str, object]:
    """The one JSON shape of a refusal."""
    body: dict[str, object] = {"code": error.code, "message": _sayable(error.message)}
    if error.fields:
        body["fields"] = {_sayable(k): [_sayable(m) for m in v] for k, v in error.fields.items()}
    if error.changed:
        body["changed"] = {k: str(v) for k, v in error.changed.items()}
    if error.version is not None:
        body["version"] = error.version
    if error.way_out is not None:
        body["way_out"] = {"label": str(error.way_out.label), "url": error.way_out.url}
    return {"error": body}


def _sayable(message: object) -> str:
    """A message that quotes what was sent: as text that can be sent back, and not at any length."""
    text = str(message).encode("utf-8", "replace").decode()
    return text if len(text) <= LONGEST_MESSAGE else f"{text[:LONGEST_MESSAGE]}…"


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    target = resolve_url("agencies:sign_in")
    if request.method == "GET" and request.path != "/" and not getattr(request, "htmx", False):
        target += "?" + urlencode({"next": request.path})
    if getattr(request, "htmx", False):
        return HttpResponse(status=401, headers={"HX-Redirect": target})
    # Who was leaving anyway has lost nothing.
    if request.method == "POST" and request.path != resolve_url("agencies:sign_out"):
        lost = LOST_WITH_FILE if request.FILES else LOST
        messages.warning(request, str(lost), fail_silently=True)
    return HttpResponseRedirect(target)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from our own page, or came from a page that is too old.

    The middleware finds the refusal on the request and writes it down.
    """
    sentence = _(
        "Ce formulaire a expiré ou ne vient pas de cette application. "
        "Revenez en arrière, rechargez la page et envoyez-le de nouveau."
    )
    refusal = NotAllowed(sentence, code=CSRF_FAILED)
    request.refusal = refusal  # type: ignore[attr-defined]  # read by ScopeMiddleware
    return failure_response(request, refusal)


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What no route matches looks exactly like what is out of scope."""
    return failure_response(request, NotFound())


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A request that cannot be read, or is longer than what the server reads into memory.

    The middleware finds the refusal on the request and writes it down.
    """
    error: DomainError = TooLarge()
    if not isinstance(exception, RequestDataTooBig):
        error = DomainError(
            _("Cette demande n'a pas pu être lue. Revenez à la page précédente et réessayez."),
            code="bad_request",
        )
    request.refusal = error  # type: ignore[attr-defined]  # read by ScopeMiddleware
    return failure_response(request, error)


def server_error(request: HttpRequest) -> HttpResponse:
    """Something broke. Nothing was recorded, and the page says so."""
    if request.path.startswith("/api/"):
        return JsonResponse(
            {"error": {"code": "server_error", "message": str(_("Rien n'a été enregistré."))}},
            status=500,
        )
    return HttpResponse(render_to_string("500.html"), status=500)
