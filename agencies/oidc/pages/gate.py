"""What the pages of the identity provider share: who asks and from where."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from agencies.oidc.flows import browser_digest
from agencies.oidc.provider import Provider, the_provider
from kernel.errors import NotFound, SignInRequired
from kernel.http.sessions import token_of
from kernel.scope import bind
from kernel.viewer import Viewer

LONGEST: int = 4000


def configured() -> Provider:
    """The provider. Raises NotFound where there is none."""
    provider = the_provider()
    if provider is None:
        raise NotFound
    return provider


def browser_of(request: HttpRequest) -> bytes:
    """What recognises this browser: its session cookie, or nothing that anybody has begun with."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return browser_digest(key[:128])


def once(request: HttpRequest, name: str) -> str:
    """A parameter of the address; empty when it is missing, said twice, or unreasonably long."""
    values = request.GET.getlist(name)
    return values[0] if len(values) == 1 and len(values[0]) <= LONGEST else ""


def viewer_now(request: HttpRequest) -> Viewer:
    """Who is signed in, on pages that are served outside the transaction of a request."""
    token = token_of(request)
    with transaction.atomic():
        viewer = bind(token) if token else None
    if viewer is None:
        raise SignInRequired
    return viewer
