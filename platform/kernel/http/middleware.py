"""The transaction of a request: opened, bound, committed or rolled back in this one place."""

import re
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from kernel.errors import CharterUnsigned, DomainError, NotAllowed, SignInRequired, Unavailable
from kernel.files.workshop import on_behalf_of
from kernel.http import bearer, refusals, seats
from kernel.http.failures import CSRF_FAILED, failure_response, refusal_of
from kernel.http.pages import is_open_before_charter
from kernel.http.paused import Pause
from kernel.http.scoped import ScopedRequest
from kernel.http.session_life import LEFT, seconds_left_after
from kernel.http.sessions import token_of
from kernel.ids import uuid7
from kernel.scope import bind, looking_as
from kernel.viewer import Viewer

Answer = Callable[[ScopedRequest], HttpResponse]
API = "/api/"
BACKGROUND = "X-Background"
"""Sent with what a page fetches by itself: looking is not being there."""


class ScopeMiddleware:
    """Binds the viewer of the session cookie; a refusal or an error of any kind rolls back.

    The response leaves after the commit, so an answer below 400 means that the change is kept.
    Pages that wait for somebody outside are served without a viewer and without a transaction.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: ScopedRequest) -> HttpResponse:
        request.request_id = uuid7()
        request.viewer, request.refusal, request.opened = None, None, None
        try:
            token = self._token(request)
        except DomainError as refusal:
            return failure_response(request, refusal)
        if token is None:
            return self.get_response(request)
        if request.path in settings.OUTSIDE_TRANSACTION:
            response = self.get_response(request)
            _record_outside(request, token)
            return response
        try:
            response = self._within(request, token)
            while isinstance(response, Pause):
                response = self._after(request, token, response)
            _record_refusal(request, response)
            _say_what_is_left(request, response)
        except DatabaseError as error:
            if refusal_of(error) is None:
                raise
            return failure_response(request, SignInRequired() if _ended(token) else Unavailable())
        return response

    def _token(self, request: ScopedRequest) -> str | None:
        """The token that binds this request. With a Bearer, cookies count for nothing.

        Pages know no Bearer: to them it is nobody.
        """
        secret = bearer.secret_of(request)
        if secret is None:
            return token_of(request)
        if not request.path.startswith(API):
            return None
        request.opened = bearer.admit(request, secret)
        return secret

    def _within(self, request: ScopedRequest, token: str) -> HttpResponse:
        with transaction.atomic(durable=True):
            viewer = bind(token, channel=_channel(request), request_id=request.request_id)
            if viewer is not None:
                return self._bound(request, viewer)
        # Nobody: as without a cookie, and no transaction waits while a password is hashed.
        return self.get_response(request)

    def _bound(self, request: ScopedRequest, viewer: Viewer) -> HttpResponse:
        request.viewer = viewer
        with looking_as(viewer):
            response = self.get_response(request)
        if not _is_kept(request, response):
            transaction.set_rollback(True)
        return response

    def _after(self, request: ScopedRequest, token: str, paused: Pause) -> HttpResponse:
        """The slow work of a request without a transaction, and its answer within another one."""
        try:
            with on_behalf_of(str(request.viewer.seat_id) if request.viewer else ""):
                result = paused.work()
        except DomainError as refusal:
            request.refusal = refusal
            return failure_response(request, refusal)
        with transaction.atomic(durable=True):
            viewer = bind(token, channel=_channel(request), request_id=request.request_id)
            if viewer is None:
                return failure_response(request, SignInRequired())
            request.viewer = viewer
            with looking_as(viewer):
                response = self._answer(request, viewer, paused, result)
            if not _is_kept(request, response):
                transaction.set_rollback(True)
        return response

    def _answer(
        self, request: ScopedRequest, viewer: Viewer, paused: Pause, result: object
    ) -> HttpResponse:
        try:
            return paused.then(request, viewer, result)
        except Exception as error:
            response = self.process_exception(request, error)
            if response is None:
                raise
            return response

    def process_view(
        self, request: ScopedRequest, view: object, args: object, kwargs: object
    ) -> HttpResponse | None:
        """What a token was not given is refused, and so is everybody without the charter.

        Before the charter is signed only what is marked as open before it answers. What was meant
        for another seat is refused before either; that a page of ours sent it was seen by then, so
        nothing is kept of what comes from elsewhere.
        """
        viewer = getattr(request, "viewer", None)
        if viewer is None:
            return None
        elsewhere = self._from_another_seat(request, viewer)
        if elsewhere is not None:
            return elsewhere
        if not bearer.opens(request):
            request.refusal = NotAllowed(
                _("Ce jeton ne permet pas cette opération."), code="token_scope"
            )
        elif not viewer.charter_signed and not is_open_before_charter(view):
            request.refusal = CharterUnsigned()
        if request.refusal is None:
            return None
        return failure_response(request, request.refusal)

    def _from_another_seat(self, request: ScopedRequest, viewer: Viewer) -> HttpResponse | None:
        meant = seats.seat_meant(request, viewer)
        if meant is None:
            return None
        request.refusal = seats.OtherSeat()
        page = seats.page_for(request, viewer, meant)
        return page or failure_response(request, request.refusal)

    def process_exception(self, request: ScopedRequest, error: Exception) -> HttpResponse | None:
        refusal = refusal_of(error)
        if refusal is None:
            return None
        request.refusal = refusal
        return failure_response(request, refusal)


def _channel(request: ScopedRequest) -> str:
    if request.opened is not None:
        return bearer.CHANNEL
    return "api" if request.path.startswith(API) else "page"


def _is_kept(request: ScopedRequest, response: HttpResponse) -> bool:
    """Whether what the request has written stays: a refusal of any kind undoes it."""
    shown = response.status_code < 400 or getattr(response, "keeps_record", False)
    return shown and request.refusal is None


def _say_what_is_left(request: ScopedRequest, response: HttpResponse) -> None:
    """Somebody who did something stays signed in; the page is told for how long."""
    if request.viewer is not None and request.opened is None:
        left = seconds_left_after(request.viewer, present=BACKGROUND not in request.headers)
        response.headers[LEFT] = str(left)


def _ended(token: str) -> bool:
    """Whether the session has ended while the request went on: then that is the answer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT kernel.session_alive(%s)", [token])
            return cursor.fetchone()[0] is None
    except DatabaseError:
        return False


def _record_refusal(request: ScopedRequest, response: HttpResponse) -> None:
    """A refused act has been rolled back: that it was tried is recorded on its own.

    A page that shows the refusal beside what was typed carries it as ``response.refusal``.
    """
    refusal = request.refusal or getattr(response, "refusal", None)
    if request.viewer is None or refusal is None:
        return
    # What comes from elsewhere is anybody's to send, as often as they like.
    bounded = refusal.code == CSRF_FAILED
    told = refusals.tell_within_bounds if bounded else refusals.tell
    told(request.viewer, refusal, _operation(request))


def _record_outside(request: ScopedRequest, token: str) -> None:
    """Where nobody is bound, a form that is not ours is written down for whose session it used."""
    if request.refusal is None or request.refusal.code != CSRF_FAILED:
        return
    with transaction.atomic(durable=True):
        viewer = bind(token, request_id=request.request_id)
    if viewer is not None:
        refusals.tell_within_bounds(viewer, request.refusal, _operation(request))


def _operation(request: ScopedRequest) -> str:
    match = request.resolver_match
    name = match.view_name if match else "unknown"
    return re.sub(r"[^a-z0-9_.:-]", "_", name.lower())[:64]
