"""The same page with its viewer built and bound by the request, and with one that is given."""

import gc
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings

from infra.bench.measuring.people import SignedIn
from kernel.http.scoped import ScopedRequest
from kernel.ids import uuid7
from kernel.scope import bind, looking_as
from kernel.viewer import Viewer

SCOPE = "kernel.http.middleware.ScopeMiddleware"
GIVEN = "infra.bench.measuring.bound.GivenViewer"
WARM_UP = 20
Answer = Callable[[HttpRequest], HttpResponse]
_given: list[Viewer] = []


class GivenViewer:
    """Stands where the viewer is bound, and asks nobody: the viewer is known beforehand.

    The token is a setting of the connection, so that the page reads the same rows.
    """

    def __init__(self, get_response: Callable[[ScopedRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: ScopedRequest) -> HttpResponse:
        request.request_id = uuid7()
        request.viewer = replace(_given[0], request_id=request.request_id)
        request.refusal = None
        with transaction.atomic(durable=True), looking_as(request.viewer):
            return self.get_response(request)


@dataclass(frozen=True, slots=True)
class Pair:
    """Medians in milliseconds."""

    bound: float
    given: float


class Bench:
    """One person's requests, answered in this process on one connection."""

    def __init__(self, person: SignedIn) -> None:
        self._person = person
        with transaction.atomic():
            viewer = bind(person.token)
        if viewer is None:
            raise RuntimeError("This person's session has ended.")
        _given[:] = [viewer]
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.token', %s, false)", [person.token])
        self._bound = _handler(settings.MIDDLEWARE)
        self._unbound = _handler([GIVEN if one == SCOPE else one for one in settings.MIDDLEWARE])

    def binding(self, runs: int) -> float:
        """Milliseconds to bind the token and build the viewer, inside an open transaction."""
        took = []
        with transaction.atomic():
            for run in range(-min(WARM_UP, runs), runs):
                began = time.perf_counter_ns()
                bind(self._person.token)
                if run >= 0:
                    took.append(time.perf_counter_ns() - began)
        return statistics.median(took) / 1e6

    def round_trips(self, path: str) -> int:
        """How many statements a page sends more when it binds its own viewer."""
        return self._sent(self._bound, path) - self._sent(self._unbound, path)

    def page(self, path: str, runs: int) -> Pair:
        """A page both ways, in turn and in random order."""
        chance = random.Random(runs)
        sides = {"bound": self._bound, "given": self._unbound}
        took: dict[str, list[int]] = {name: [] for name in sides}
        gc.collect()
        gc.disable()
        try:
            for run in range(-min(WARM_UP, runs), runs):
                for name in chance.sample(sorted(sides), 2):
                    request = self._request(path)
                    began = time.perf_counter_ns()
                    answer = sides[name](request)
                    nanoseconds = time.perf_counter_ns() - began
                    if answer.status_code != 200:
                        raise RuntimeError(f"{path} answers {answer.status_code}")
                    if run >= 0:
                        took[name].append(nanoseconds)
        finally:
            gc.enable()
        return Pair(*(statistics.median(took[name]) / 1e6 for name in ("bound", "given")))

    def _sent(self, handler: Answer, path: str) -> int:
        sent = 0

        def count(execute: Any, text: str, parameters: Any, many: bool, context: Any) -> Any:
            nonlocal sent
            sent += 1
            return execute(text, parameters, many, context)

        # Once before, so that what a process remembers from its first page counts for neither.
        handler(self._request(path))
        with connection.execute_wrapper(count):
            handler(self._request(path))
        return sent

    def _request(self, path: str) -> HttpRequest:
        request = RequestFactory(SERVER_NAME="127.0.0.1").get(path)
        request.COOKIES[settings.SESSION_COOKIE_NAME] = self._person.cookie
        return request


def _handler(middleware: list[str]) -> Answer:
    """What answers a request; files of the front end are not what is measured."""
    handler = BaseHandler()
    pages = [one for one in middleware if not one.startswith("whitenoise.")]
    with override_settings(MIDDLEWARE=pages):
        handler.load_middleware()
    return handler.get_response
