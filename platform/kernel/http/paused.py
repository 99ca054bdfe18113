"""Slow work between two transactions of one request: no connection is held while it goes on."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse

from kernel.viewer import Viewer

T = TypeVar("T")


class Pause(HttpResponse):
    """What a view gives back instead of an answer when something slow comes next.

    The transaction ends. ``work`` is done without one; it touches no row. Then another transaction
    is opened for the viewer as the database knows them by then, and ``then`` gives the answer: what
    they may do is asked again by the services that it calls. A client never sees a pause.
    """

    def __init__(
        self, work: Callable[[], T], then: Callable[[HttpRequest, Viewer, T], HttpResponse]
    ) -> None:
        super().__init__(status=204)
        self.work: Callable[[], Any] = work
        self.then: Callable[[HttpRequest, Viewer, Any], HttpResponse] = then
