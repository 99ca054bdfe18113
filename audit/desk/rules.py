"""What stands out in a record: rules that say in plain words what they look for, and find it.

A finding accuses nobody. It leads to the entries it comes from, and somebody else than who is
concerned says what came of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from kernel.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that a rule has found, of one day: of a person, an agency or a case.

    ``concerned`` is the person who never concludes about it; ``seen_in`` are the journal's filters
    that show it; ``settled_at`` is a page where it is settled instead of by a conclusion here.
    """

    about: UUID
    day: date
    n: int
    concerned: UUID | None = None
    agency: UUID | None = None
    case_id: UUID | None = None
    seen_in: Mapping[str, UUID | date | str] = field(default_factory=dict)
    settled_at: str = ""


Asked = tuple[str, list[Any]]
"""SQL with its parameters: a row for each finding, with ``about``, ``day`` and ``n`` in it."""
Find = Callable[[Viewer, date, date], Asked]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, what it means in plain words, what is counted, and what finds it.

    ``find`` says what to ask for the days from one to another, both of them included. What lasts
    however old it is, it may find of any day. ``told`` makes a finding of the columns of a row: of
    those alone that somebody sees.
    """

    code: str
    label: object
    explained: object
    counted: object
    find: Find
    told: Callable[..., Found]


_rules: dict[str, Rule] = {}


def rule(
    code: str,
    label: object,
    explained: object,
    counted: object,
    find: Find,
    told: Callable[..., Found],
) -> None:
    """Declare a rule, once, when its app is ready. Its code is one of the fact ``rule``."""
    _rules[code] = Rule(code, label, explained, counted, find, told)


def rules() -> list[Rule]:
    """Every rule, in the order of declaration."""
    return list(_rules.values())
