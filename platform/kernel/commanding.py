"""Lets the record hear of what commands of the kernel do. The kernel does not know the record."""

from collections.abc import Callable, Mapping
from typing import Final

SAVED: Final = "keys_saved"
RESTORED: Final = "keys_restored"
RETRIED: Final = "letters_retried"

Listener = Callable[[str, str, Mapping[int, int]], None]
_listeners: list[Listener] = []


def on_command(listener: Listener) -> None:
    """Register a function (act, alias, number of things by cell), called within the transaction."""
    _listeners.append(listener)


def tell(act: str, alias: str, by_cell: Mapping[int, int]) -> None:
    """Tell every listener, in the transaction of the act: what they raise undoes it."""
    for listener in _listeners:
        listener(act, alias, by_cell)
