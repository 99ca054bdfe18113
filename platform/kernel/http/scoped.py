"""A request as the middleware leaves it: with its viewer, its number and what refused it."""

from uuid import UUID

from django.http import HttpRequest

from kernel.errors import DomainError
from kernel.viewer import Viewer


class ScopedRequest(HttpRequest):
    """Only a type: Django makes the request, ``ScopeMiddleware`` adds these attributes."""

    request_id: UUID
    viewer: Viewer | None
    refusal: DomainError | None
    opened: frozenset[tuple[str, str]] | None
    """Routes and methods that the token of this call opens; None for a person with a cookie."""
