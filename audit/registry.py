"""Kinds of events. Each is declared once, with the only facts that it may carry.

The facts are named so that nobody can slip a name, a note or a diagnosis into a record that can
never be erased: an event points at personal data, it does not hold any.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from audit import payload, steps
from audit.shapes import Plain, Shape, fits

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


class Keeps(StrEnum):
    """How long an entry is kept: the recommendation on logs knows two terms."""

    ORDINARY = "ordinary"
    """A year: who looked at what, who did what."""
    CONTROL = "control"
    """Three years: what the control inside a cell rests on. Rights, factors, keys, emergencies,
    orders, exports, refusals, and what was done with the record itself."""


MONTHS: Final[Mapping[Keeps, int]] = {Keeps.ORDINARY: 12, Keeps.CONTROL: 36}
"""The legal term of each, in months; a cell may set another one for what is ordinary."""


@dataclass(frozen=True, slots=True)
class EventKind:
    """One kind of event: its code, the facts it takes, its wording, and how long it is kept.

    ``moves`` names the thing whose state it changes: then it takes ``before`` and ``after`` too.
    """

    name: str
    facts: frozenset[str]
    label: object
    keeps: Keeps = Keeps.ORDINARY
    moves: str = ""

    def checked(self, facts: Mapping[str, object]) -> Mapping[str, object]:
        """The facts, or ValueError when they are not exactly those declared, each in its shape.

        The message never repeats a value: it may be what must not be written.
        """
        if facts.keys() != self.facts:
            wrong = ", ".join(sorted(facts.keys() ^ self.facts))
            raise ValueError(f"{self.name} does not take these facts as given: {wrong}")
        for fact, value in facts.items():
            if self.moves and fact in steps.FACTS:
                if not steps.fits(self.moves, payload.plain(value, fact)):
                    raise ValueError(f"{self.name}: {fact} is no state of {self.moves}")
                continue
            declared = _words.get(fact)
            if declared is None:
                raise ValueError(f"{self.name}: no word declares the fact {fact}")
            if not fits(declared.like, payload.plain(value, fact), declared.codes):
                raise ValueError(f"{self.name}: {fact} is not {declared.like} as declared")
        return facts


@dataclass(frozen=True, slots=True)
class Word:
    """A fact in words: its wording, its shape, and the codes that it may have."""

    label: object
    like: Shape
    codes: frozenset[str]


_kinds: dict[str, EventKind] = {}
_words: dict[str, Word] = {}
_codes: dict[tuple[str, str], object] = {}


def event(
    name: str, *, keeps: Keeps, facts: Iterable[str] = (), label: object, moves: str = ""
) -> EventKind:
    """Declare a kind of event, at import time, in the app's ``events.py``.

    ``keeps`` says for how long its entries are kept, ``moves`` which thing it takes from one state
    to another (see ``audit.steps.states``). ValueError when the name or a fact's name is
    malformed, when a fact's name announces personal data or free text, when there is no wording,
    or when the name is taken by another declaration.
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
    kind = EventKind(name, named | steps.FACTS if moves else named, label, keeps, moves)
    taken = _kinds.setdefault(name, kind)
    if (taken.facts, taken.keeps, taken.moves) != (kind.facts, kind.keeps, kind.moves):
        raise ValueError(f"{name} is already declared with other facts")
    return taken


def word(fact: str, label: object, like: Shape = Shape.CODES, /, **codes: object) -> None:
    """Say what a fact looks like, and how the journal words it: ``word("urgency", _("Urgence"))``.

    Without a shape its values are the codes named here, each with its wording, and no others.
    ValueError for a code that could not be written, or without any.
    """
    if (like is Shape.CODES) != bool(codes):
        raise ValueError(f"{fact}: codes are listed for a fact that has codes, and for no other")
    for code in codes:
        if payload.CODE.fullmatch(code) is None:
            raise ValueError(f"{fact}: a code reads [a-z0-9_.:-], at most 64")
    _words[fact] = Word(label, like, frozenset(codes))
    for code, wording in codes.items():
        _codes[fact, code] = wording


def undeclared() -> list[str]:
    """The facts that no word declares, and the things that move without states: their entries
    would be refused."""
    facts: set[str] = set()
    for kind in _kinds.values():
        facts |= kind.facts - steps.FACTS if kind.moves else kind.facts
    things = {kind.moves for kind in _kinds.values() if kind.moves}
    return sorted(facts - _words.keys()) + sorted(
        each for each in things if not steps.declared(each)
    )


def kinds() -> list[EventKind]:
    """Every declared kind, by name."""
    return sorted(_kinds.values(), key=lambda kind: kind.name)


def label_of(name: str) -> object:
    """The wording of a kind; its code when the app that declared it is gone."""
    kind = _kinds.get(name)
    return kind.label if kind else name


def step_of(name: str, facts: Mapping[str, Plain]) -> tuple[object, str] | None:
    """What an entry of this kind moved, and from what to what, in words."""
    kind = _kinds.get(name)
    return steps.sentence(kind.moves, facts) if kind else None


def wording_of(fact: str) -> object:
    """The wording of a fact's name."""
    found = _words.get(fact)
    return found.label if found else fact


def wording_of_code(fact: str, code: object) -> object:
    """The wording of a fact's value when it has one."""
    return _codes.get((fact, str(code)), code)
