"""The wording of notifications, declared by the apps that cause them. Never any personal data."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Letter:
    """How one kind of event is told: a short subject, a sentence, and the page it leads to."""

    kind: str
    subject: object
    sentence: object
    path: Callable[[UUID | None], str]


_letters: dict[str, Letter] = {}


def letter(
    kind: str, *, subject: object, sentence: object, path: Callable[[UUID | None], str]
) -> Letter:
    """Declare the wording of a kind of notification, once."""
    if kind in _letters:
        raise ValueError(f"{kind} is already declared")
    _letters[kind] = Letter(kind, subject, sentence, path)
    return _letters[kind]


def letter_for(kind: str) -> Letter:
    """The wording of a kind; raises KeyError for one that nobody declared."""
    return _letters[kind]
