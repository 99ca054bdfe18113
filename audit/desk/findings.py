"""What every rule finds, with what was concluded about it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
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
            one = "f.about = %s AND f.day = %s"
            for found, _many in _found(viewer, each, (day, day), one, [about, day]):
                return found
    return None


def _told(viewer: Viewer, each: Rule, days: int) -> Told:
    since = timezone.localdate() - timedelta(days=days)
    every = _found(viewer, each, (since, LATEST), "true", [])
    return Told(each, [one for one, _many in every], every[0][1] - len(every) if every else 0)


def _found(
    viewer: Viewer, each: Rule, days: tuple[date, date], where: str, values: list[Any]
) -> list[tuple[Finding, int]]:
    """What is shown of what a rule finds, each with how much there is altogether."""
    query, asked = each.find(viewer, *days)
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT f.*, r.n, r.conclusion, r.by_account, r.at, count(*) OVER ()"  # noqa: S608  constants
            f" FROM ({query}) f LEFT JOIN ({_LAST_REVIEWS}) r"
            " ON r.about = f.about AND r.day = f.day AND r.n >= f.n"
            f" WHERE {where}"
            " ORDER BY r.n IS NOT NULL, f.day DESC, f.n DESC, f.about LIMIT %s",
            [*asked, viewer.cell_id, each.code, *values, MOST],
        )
        return [
            (_finding(viewer, each, each.told(*row), review), many)
            for *row, n, conclusion, by_account, at, many in cursor.fetchall()
            for review in [Review(n, conclusion, by_account, at) if conclusion else None]
        ]


_LAST_REVIEWS: Final = (
    "SELECT DISTINCT ON (about, day) about, day, n, conclusion, by_account, at FROM audit_review"
    " WHERE cell_id = %s AND rule = %s ORDER BY about, day, n DESC"
)


def _finding(viewer: Viewer, each: Rule, found: Found, review: Review | None) -> Finding:
    own = viewer.account_id in (found.about, found.concerned) or found.agency == viewer.agency_id
    return Finding(each, found, review, own)
