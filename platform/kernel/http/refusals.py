"""Lets the record hear of refusals. The kernel does not know the record: an app above registers."""

from collections.abc import Callable

from django.db import connections

from kernel.errors import DomainError
from kernel.viewer import Viewer

Listener = Callable[[Viewer, DomainError, str], None]
_listeners: list[Listener] = []


def on_refusal(listener: Listener) -> Listener:
    """Register a function (viewer, refusal, operation), called after the act is rolled back."""
    _listeners.append(listener)
    return listener


def tell(viewer: Viewer, refusal: DomainError, operation: str) -> None:
    """Tell every listener. What they raise is not caught: an unrecorded refusal is an error."""
    for listener in _listeners:
        listener(viewer, refusal, operation)


def tell_within_bounds(viewer: Viewer, refusal: DomainError, operation: str) -> None:
    """The same for what somebody else's page or program can have refused without end.

    Of each session so many an hour are told, in all processes together.
    """
    with connections["side"].cursor() as cursor:
        cursor.execute("SELECT kernel.note_refusal(%s)", [viewer.token])
        if cursor.fetchone()[0]:
            tell(viewer, refusal, operation)
