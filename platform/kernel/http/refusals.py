"""Lets the record hear of refusals. The kernel does not know the record: an app above registers."""

from collections.abc import Callable

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
