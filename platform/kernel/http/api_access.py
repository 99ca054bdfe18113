"""Who may call the API: the viewer of the session, and by default nobody."""

from typing import Any, cast

from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from kernel.errors import NotAllowed, SignInRequired
from kernel.http.failures import CSRF_FAILED
from kernel.http.scoped import ScopedRequest
from kernel.viewer import Viewer


class _Check(CsrfViewMiddleware):
    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


class ViewerAuthentication(BaseAuthentication):
    """The viewer that the middleware bound. A browser's writes must carry the CSRF token."""

    def authenticate(self, request: Request) -> tuple[Viewer, None] | None:
        asked = cast(ScopedRequest, request._request)
        viewer = asked.viewer
        if viewer is None:
            return None
        if asked.opened is not None:
            return viewer, None
        check = _Check(lambda _request: None)  # type: ignore[arg-type]
        check.process_request(request._request)
        if check.process_view(request._request, None, (), {}):  # type: ignore[arg-type]
            raise NotAllowed(code=CSRF_FAILED)
        return viewer, None

    def authenticate_header(self, request: Request) -> str:
        return "Session"


class Nobody(BasePermission):
    """The default: a view that forgets to say who may call it serves nobody."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return False


class SignedIn(BasePermission):
    """A person who has shown both factors. What they may do is for the services to say."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.user, Viewer):
            raise SignInRequired
        return True
