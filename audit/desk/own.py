"""Who has looked: at somebody's own acts in the record, and at the cases that they see.

What is told of cases the app of cases decides, which knows who may know of whom.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone

from audit import people
from audit.desk import events
from audit.recorder import record
from kernel.viewer import Viewer

PAGE: Final = 50
USUAL: Final = 30
LONGEST: Final = 366
LAST: Final = date(9999, 12, 30)
"""The last day that has a day after it."""

Mark = tuple[date, str]
"""A place in one of the lists: a day, and what one of its lines is known by."""
OF_ACTS, OF_CASES = 32, 64
"""So long is what a line of each list is known by."""
AFTER_A_DAY: Final = "f" * OF_CASES
"""What no line of a day comes after: the place before all of them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """From which day to which, both included; of one case, or of all."""

    since: date
    until: date
    case: UUID | None = None


@dataclass(frozen=True, slots=True)
class OfActs:
    """So many readings of one's acts on one day, by those who control access for an agency."""

    day: date
    mark: str
    agency: UUID | None
    roles: Sequence[str]
    n: int


@dataclass(frozen=True, slots=True)
class OfCase:
    """Somebody has read a case on one day, or taken a copy of it along.

    ``person`` is said of one's own agency alone. Of a prosecutor's ``office`` nothing else is.
    """

    day: date
    mark: str
    case_id: UUID
    reference: str
    url: str
    taken: bool
    agency: UUID | None
    office: bool
    person: str
    roles: Sequence[str]
    right: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Mine:
    """A page of each list, newest first, and from where the next one follows.

    ``cases_from`` is set when the days before it have not been looked at yet: they are the next
    page's, and nobody may take their absence for an answer.
    """

    acts: list[OfActs]
    acts_before: Mark | None
    cases: list[OfCase]
    cases_before: Mark | None
    cases_from: date | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What is told of cases: some lines, the place after them, and where looking ended early."""

    lines: list[OfCase]
    before: Mark | None
    looked_from: date | None


OfCases = Callable[[Viewer, Asked, Mark | None, int], Reading]
_of_cases: list[OfCases] = []


def of_cases_from(source: OfCases) -> None:
    """Register who tells of cases: up to so many lines before a place."""
    _of_cases[:] = [source]


def my_journal(
    viewer: Viewer, asked: Asked, *, acts_before: Mark | None, cases_before: Mark | None
) -> Mine:
    """Who has looked, in this time. Recorded: it is a reading of the record like the others."""
    acts, acts_before = _of_acts(viewer, asked, acts_before)
    read = Reading([], None, None)
    if _of_cases:
        read = _of_cases[0](viewer, asked, cases_before, PAGE)
    # A case that nobody showed is not put on record: what was asked for may be anything.
    seen = asked.case if read.lines else None
    record(events.OWN_READ, viewer=viewer, case_id=seen, shown=len(acts) + len(read.lines))
    return Mine(acts, acts_before, read.lines, read.before, read.looked_from)


def asked_for(since: date | None, until: date | None, case: UUID | None) -> Asked:
    """The last 30 days unless it is said otherwise; a year at most."""
    until = until or timezone.localdate()
    usual = timedelta(days=LONGEST if since else USUAL)
    first = until - min(usual, until - date.min) + timedelta(days=1)
    return Asked(max(since or first, first), min(until, LAST), case)


def agencies_in(viewer: Viewer, mine: Mine) -> Mapping[UUID, str]:
    """The names of the agencies of both lists."""
    found = {line.agency for line in mine.acts} | {line.agency for line in mine.cases}
    return people.agencies_of(viewer, {agency for agency in found if agency})


def _of_acts(viewer: Viewer, asked: Asked, before: Mark | None) -> tuple[list[OfActs], Mark | None]:
    day, mark = before or (None, None)
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT * FROM audit.about_me(%s, %s, %s, %s, %s)",
            [asked.since, asked.until, day, mark, PAGE + 1],
        )
        lines = [OfActs(*row) for row in cursor.fetchall()]
    more = len(lines) > PAGE
    lines = lines[:PAGE]
    return lines, (lines[-1].day, lines[-1].mark) if more else None
