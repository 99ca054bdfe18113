"""How many entries fit the filters, day by day or month by month."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone

from audit import events, policies
from audit.desk.filters import Filters
from audit.desk.reading import counted
from audit.recorder import record
from kernel.clock import midnight
from kernel.errors import NotFound
from kernel.viewer import Viewer

USUAL: Final = 30
BY_DAY: Final = 92
"""Up to so many days each has its own bar; a longer time is shown by months."""
MOST: Final = 3653


@dataclass(frozen=True, slots=True)
class Bar:
    """One day or month: its first day, how many entries, and how many of them are refusals."""

    day: date
    n: int
    refused: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Every day or month from the first to the last, also those without an entry."""

    bars: list[Bar]
    by_month: bool
    since: date
    until: date


def over_time(viewer: Viewer, filters: Filters) -> Chart:
    """The last 30 days unless the filters say otherwise; ten years at most. Recorded."""
    if not policies.can_read(viewer):
        raise NotFound
    until = _day(filters.until) - timedelta(days=1) if filters.until else timezone.localdate()
    since = _day(filters.since) if filters.since else until - timedelta(days=USUAL - 1)
    since = max(since, until - timedelta(days=MOST))
    asked = replace(filters, since=midnight(since), until=midnight(until + timedelta(days=1)))
    by_month = (until - since).days >= BY_DAY
    found: dict[date, tuple[int, int]] = {}
    for day, n, refused in _numbers(viewer.cell_id, asked):
        first = day.replace(day=1) if by_month else day
        some, few = found.get(first, (0, 0))
        found[first] = (some + n, few + refused)
    bars = [Bar(day, *found.get(day, (0, 0))) for day in _days(since, until, by_month=by_month)]
    record(
        events.READ,
        viewer=viewer,
        case_id=filters.case,
        subject_id=filters.actor or filters.subject,
        filters=filters.in_use(),
        shown=len(bars),
    )
    return Chart(bars, by_month, since, until)


def _numbers(cell_id: int, filters: Filters) -> list[tuple[date, int, int]]:
    """From the tally, or from its sums; of one case, which it does not know, from its entries."""
    if filters.case:
        asked = filters.conditions()
        narrowed: list[Any] = [value for _sql, value in asked]
        query = (
            "SELECT (at AT TIME ZONE 'Europe/Paris')::date, count(*)::int,"  # noqa: S608  constants
            " (count(*) FILTER (WHERE outcome = 'refused'))::int FROM audit_entry"
            f" WHERE cell_id = %s AND {' AND '.join(sql for sql, _value in asked)} GROUP BY 1"
        )
    else:
        where, narrowed = counted(filters)
        table = "audit_tally" if filters.actor or filters.agency else "audit_tally_sum"
        query = (
            "SELECT day, sum(n)::int,"  # noqa: S608  constants
            " coalesce(sum(n) FILTER (WHERE outcome = 'refused'), 0)::int"
            f" FROM {table} WHERE {where} GROUP BY day"
        )
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(query, [cell_id, *narrowed])
        rows: list[tuple[date, int, int]] = cursor.fetchall()
    return rows


def _days(since: date, until: date, *, by_month: bool) -> list[date]:
    if not by_month:
        return [since + timedelta(days=n) for n in range((until - since).days + 1)]
    months, day = [], since.replace(day=1)
    while day <= until:
        months.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    return months


def _day(moment: datetime) -> date:
    return timezone.localdate(moment)
