"""Every refusal of the API in one JSON shape."""

from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response

from kernel.errors import DomainError, Invalid, NotAllowed, NotFound, SignInRequired, TooLarge
from kernel.http.failures import body_of, headers_of, refusal_of


def as_json(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn what a view raised into an answer, and remember it: the transaction rolls back."""
    refusal = _refusal(error)
    if refusal is None:
        return None
    context["request"]._request.refusal = refusal
    return Response(body_of(refusal), status=refusal.status, headers=headers_of(refusal))


def _refusal(error: Exception) -> DomainError | None:
    known = refusal_of(error)
    if known is not None:
        return known
    if isinstance(error, exceptions.ValidationError):
        return Invalid(fields=_flat(error.detail))
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return SignInRequired()
    if isinstance(error, PermissionDenied | exceptions.PermissionDenied):
        return NotAllowed()
    if isinstance(error, RequestDataTooBig):
        return TooLarge()
    if isinstance(error, SuspiciousOperation):
        return DomainError(_("Cette demande n'a pas pu être lue."), code="bad_request")
    if isinstance(error, exceptions.APIException):
        refusal = DomainError(error.detail, code=str(error.default_code))
        refusal.status = error.status_code
        return refusal
    return None


def _flat(detail: Any, path: str = "") -> dict[str, list[object]]:
    """Nested serializer errors as dotted field names."""
    if isinstance(detail, dict):
        fields: dict[str, list[object]] = {}
        for name, inner in detail.items():
            fields |= _flat(inner, f"{path}.{name}" if path else str(name))
        return fields
    if isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        fields = {}
        for index, inner in enumerate(detail):
            fields |= _flat(inner, f"{path}.{index}" if path else str(index))
        return fields
    messages = detail if isinstance(detail, list) else [detail]
    return {path or "non_field_errors": list(messages)}
