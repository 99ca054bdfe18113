"""Kinds of events. Each is declared once, with the only facts that it may carry.

The facts are named so that nobody can slip a name, a note or a diagnosis into a record that can
never be erased: an event points at personal data, it does not hold any.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from audit import payload

NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,40}(\.[a-z][a-z0-9_]{1,40}){1,3}")
FACT: Final = re.compile(r"[a-z][a-z0-9_]{0,40}")
PERSONAL: Final = frozenset(
    {
        *("name", "names", "surname", "nickname", "pseudonym", "initials", "gender", "sex", "ine"),
        *("birth", "birthday", "birthdate", "age", "email", "mail", "phone", "mobile", "address"),
        *("text", "comment", "comments", "note", "notes", "body", "content", "message", "title"),
        *("subject_line", "description", "summary", "narrative", "story", "details", "remark"),
        *("diagnosis", "health", "password", "secret", "token", "cookie", "file_name", "filename"),
        *("nom", "prenom", "texte", "commentaire", "adresse", "telephone", "naissance"),
    }
)
"""Words that a fact's name may not contain: they announce what an entry must not hold."""


@dataclass(frozen=True, slots=True)
class EventKind:
    """One kind of event: its code, the facts it takes, and its wording for people."""

    name: str
    facts: frozenset[str]
    label: object

    def checked(self, facts: Mapping[str, object]) -> Mapping[str, object]:
        """The facts, or ValueError when they are not exactly those declared."""
        if facts.keys() != self.facts:
            wrong = ", ".join(sorted(facts.keys() ^ self.facts))
            raise ValueError(f"{self.name} does not take these facts as given: {wrong}")
        return facts


_kinds: dict[str, EventKind] = {}
_words: dict[str, object] = {}
_codes: dict[tuple[str, str], object] = {}


def event(name: str, *, facts: Iterable[str] = (), label: object) -> EventKind:
    """Declare a kind of event, at import time, in the app's ``events.py``.

    ValueError when the name or a fact's name is malformed, when a fact's name announces personal
    data or free text, when there is no wording, or when the name is taken by another declaration.
    """
    named = frozenset([facts] if isinstance(facts, str) else facts)
    if NAME.fullmatch(name) is None or payload.CODE.fullmatch(name) is None:
        raise ValueError(f"{name!r} does not read thing.happened")
    for fact in named:
        if FACT.fullmatch(fact) is None:
            raise ValueError(f"{name}: {fact!r} is not the name of a fact")
        if fact in PERSONAL or not PERSONAL.isdisjoint(fact.split("_")):
            raise ValueError(f"{name}: {fact!r} announces personal data or free text")
    if not label:
        raise ValueError(f"{name} has no wording for people")
    kind = EventKind(name, named, label)
    taken = _kinds.setdefault(name, kind)
    if taken.facts != kind.facts:
        raise ValueError(f"{name} is already declared with other facts")
    return taken


def word(fact: str, label: object, **codes: object) -> None:
    """How the journal words a fact and its codes for people: ``word("urgency", _("Urgence"))``."""
    _words[fact] = label
    for code, wording in codes.items():
        _codes[fact, code] = wording


def kinds() -> list[EventKind]:
    """Every declared kind, by name."""
    return sorted(_kinds.values(), key=lambda kind: kind.name)


def label_of(name: str) -> object:
    """The wording of a kind; its code when the app that declared it is gone."""
    kind = _kinds.get(name)
    return kind.label if kind else name


def wording_of(fact: str) -> object:
    """The wording of a fact's name."""
    return _words.get(fact, fact)


def wording_of_code(fact: str, code: object) -> object:
    """The wording of a fact's value when it has one."""
    return _codes.get((fact, str(code)), code)
