"""What every rule finds, with what was concluded about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone

from audit import policies
from audit.desk import events
from audit.desk.rules import Found, Rule, rules
from audit.log import legible
from audit.recorder import record
from kernel.clock import now
from kernel.errors import NotFound
from kernel.viewer import Viewer

PERIODS: Final = (7, 30, 90)
EARLIEST: Final = date(2000, 1, 1)
"""No record is older."""
LATEST: Final = date(9999, 12, 30)
"""Later than any moment that is legible."""
MOST: Final = 100
"""So many findings of one rule are shown; the newest."""


@dataclass(frozen=True, slots=True)
class Review:
    """What somebody has concluded, and when: about so much as was found then, and no more."""

    n: int
    conclusion: str
    by_account: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found, and its conclusion once there is one."""

    rule: Rule
    found: Found
    review: Review | None
    own: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A rule with what it has found: what waits first, then the newest."""

    rule: Rule
    findings: list[Finding]
    more: int


def findings(viewer: Viewer, days: int) -> list[Told]:
    """Everything found in the last days. Recorded. NotFound for whoever does not control access."""
    if not policies.can_read(viewer):
        raise NotFound
    told = [_told(viewer, each, days) for each in rules()]
    record(events.FINDINGS_READ, viewer=viewer, shown=sum(len(each.findings) for each in told))
    return told


def looked_until(viewer: Viewer) -> datetime:
    """Until when the rules have looked: what came later is not counted yet."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            f"SELECT {legible('min(at)')} FROM (SELECT e.at FROM audit_entry e"  # noqa: S608  constants
            " WHERE e.cell_id = %s"
            " AND (e.epoch, e.xid, e.id) > (SELECT r.epoch, r.xid, r.id FROM audit_tally_reach r)"
            " ORDER BY e.epoch, e.xid, e.id LIMIT 1) AS waiting",
            [viewer.cell_id],
        )
        [waiting] = cursor.fetchone()
    return waiting or now()


def finding(viewer: Viewer, code: str, about: UUID, day: date) -> Finding | None:
    """One finding as it stands now; None when nothing of the sort is found any more."""
    for each in rules():
        if each.code == code and day >= EARLIEST:
            reviews = _reviews(viewer, code)
            for found in each.find(viewer, day, day):
                if (found.about, found.day) == (about, day):
                    return _finding(viewer, each, found, reviews)
    return None


def _told(viewer: Viewer, each: Rule, days: int) -> Told:
    reviews = _reviews(viewer, each.code)
    since = timezone.localdate() - timedelta(days=days)
    every = list(each.find(viewer, since, LATEST))
    every.sort(key=lambda found: (found.day, found.n), reverse=True)
    every.sort(key=lambda found: _review_of(found, reviews) is not None)
    shown = [_finding(viewer, each, found, reviews) for found in every[:MOST]]
    return Told(each, shown, len(every) - len(shown))


def _finding(
    viewer: Viewer, each: Rule, found: Found, reviews: Mapping[tuple[UUID, date], Review]
) -> Finding:
    own = viewer.account_id in (found.about, found.concerned) or found.agency == viewer.agency_id
    return Finding(each, found, _review_of(found, reviews), own)


def _review_of(found: Found, reviews: Mapping[tuple[UUID, date], Review]) -> Review | None:
    review = reviews.get((found.about, found.day))
    return review if review and found.n <= review.n else None


def _reviews(viewer: Viewer, code: str) -> dict[tuple[UUID, date], Review]:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT about, day, n, conclusion, by_account, at FROM audit_review"
            " WHERE cell_id = %s AND rule = %s ORDER BY n",
            [viewer.cell_id, code],
        )
        return {(about, day): Review(*rest) for about, day, *rest in cursor.fetchall()}
