"""How the house says no to a browser: a page or JSON, the same bytes for the same refusal."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from kernel.errors import DomainError, NotAllowed, NotFound, SignInRequired

TEMPLATES = {403: "403.html", 404: "404.html", 409: "409.html"}


def failure_response(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The answer to a refusal, in the shape that the asking program reads."""
    if request.path.startswith("/api/"):
        return JsonResponse(body_of(error), status=error.status)
    if isinstance(error, SignInRequired):
        return _to_sign_in(request)
    context = {"message": error.message, "changed": error.changed, "status": error.status}
    template = TEMPLATES.get(error.status, "refused.html")
    if getattr(request, "htmx", False):
        template = "ui/refused_fragment.html"
    return HttpResponse(
        render_to_string(template, {} if error.status == 404 else context), status=error.status
    )


def body_of(error: DomainError) -> dict[str, object]:
    """The one JSON shape of a refusal."""
    body: dict[str, object] = {"code": error.code, "message": str(error.message)}
    if error.fields:
        body["fields"] = {k: [str(m) for m in v] for k, v in error.fields.items()}
    if error.changed:
        body["changed"] = {k: str(v) for k, v in error.changed.items()}
    return {"error": body}


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    target = resolve_url("agencies:sign_in")
    if request.method == "GET" and request.path != "/" and not getattr(request, "htmx", False):
        target += "?" + urlencode({"next": request.path})
    if getattr(request, "htmx", False):
        return HttpResponse(status=401, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from our own page, or came from a page that is too old."""
    sentence = _(
        "Ce formulaire a expiré ou ne vient pas de cette application. "
        "Revenez en arrière, rechargez la page et envoyez-le de nouveau."
    )
    return failure_response(request, NotAllowed(sentence, code="csrf_failed"))


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What no route matches looks exactly like what is out of scope."""
    return failure_response(request, NotFound())


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A request that cannot be read."""
    error = DomainError(
        _("Cette demande n'a pas pu être lue. Revenez à la page précédente et réessayez."),
        code="bad_request",
    )
    return failure_response(request, error)


def server_error(request: HttpRequest) -> HttpResponse:
    """Something broke. Nothing was recorded, and the page says so."""
    if request.path.startswith("/api/"):
        return JsonResponse(
            {"error": {"code": "server_error", "message": str(_("Rien n'a été enregistré."))}},
            status=500,
        )
    return HttpResponse(render_to_string("500.html"), status=500)
