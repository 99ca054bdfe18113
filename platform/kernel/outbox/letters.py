"""The wording of notifications, declared by the apps that cause them. Never any personal data."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Addressee:
    """Where a letter goes and the page that it leads to, found at the moment it leaves."""

    address: str
    path: str


Finder = Callable[[UUID], Addressee | None]


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file of text that goes with a letter. Never any personal data."""

    name: str
    text: str


Encloser = Callable[[int], Enclosure | None]


@dataclass(frozen=True, slots=True)
class Letter:
    """How one kind of event is told: a short subject, a sentence, and the page it leads to.

    A letter to somebody without an account has a finder of its own: it is given the recipient's
    identifier and asks, as the worker role, for the address; None when nothing is to be sent any
    more. So no owed effect ever holds an address or a link.

    ``enclosed`` is given the cell at the moment the letter leaves and asks, as the worker role, for
    what goes with it; without that the letter is not sent.
    """

    kind: str
    subject: object
    sentence: object
    path: Callable[[UUID | None], str]
    found_by: Finder | None = None
    enclosed: Encloser | None = None


_letters: dict[str, Letter] = {}


def letter(
    kind: str,
    *,
    subject: object,
    sentence: object,
    path: Callable[[UUID | None], str],
    found_by: Finder | None = None,
    enclosed: Encloser | None = None,
) -> Letter:
    """Declare the wording of a kind of notification, once."""
    if kind in _letters:
        raise ValueError(f"{kind} is already declared")
    _letters[kind] = Letter(kind, subject, sentence, path, found_by, enclosed)
    return _letters[kind]


def letters() -> list[Letter]:
    """Every declared wording, by kind."""
    return sorted(_letters.values(), key=lambda each: each.kind)


def letter_for(kind: str) -> Letter:
    """The wording of a kind; raises KeyError for one that nobody declared."""
    return _letters[kind]
