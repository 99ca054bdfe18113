"""Who has read the cases that this viewer sees, as far as they may know."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.urls import reverse

from audit.desk import own
from audit.desk.own import AFTER_A_DAY, Asked, Mark, OfCase, Reading
from kernel.viewer import Viewer
from referrals.casefile.selectors import references_for


def declare() -> None:
    """Called once, when the app is ready."""
    own.of_cases_from(looked_at)


def looked_at(viewer: Viewer, asked: Asked, before: Mark | None, limit: int) -> Reading:
    """Up to so many lines, newest first: a day, a case and who has read it.

    Only of cases that the viewer sees now. Who may be told of whom, and how far is looked at once:
    referrals/sql/looked_at.py.
    """
    day, mark = before or (None, None)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT day, mark, case_id, taken, agency, office, person, roles, of_right, purpose"
            " FROM referrals.looked_at(%s, %s, %s, %s, %s, %s)",
            [asked.since, asked.until, asked.case, day, mark, limit + 1],
        )
        rows = cursor.fetchall()
    looked_from = rows.pop()[0] if rows else asked.since
    more, rows = len(rows) > limit, rows[:limit]
    names = references_for(viewer, {row[2] for row in rows})
    lines = [
        OfCase(
            day=day,
            mark=mark,
            case_id=case_id,
            reference=names[case_id],
            url=reverse("referrals:case", args=[case_id]),
            taken=taken,
            agency=agency,
            office=office,
            person=person or "",
            roles=roles or [],
            right=right or "",
            purpose=purpose or "",
        )
        for day, mark, case_id, taken, agency, office, person, roles, right, purpose in rows
        if case_id in names
    ]
    if more:
        return Reading(lines, (rows[-1][0], rows[-1][1]), None)
    if looked_from <= asked.since:
        return Reading(lines, None, None)
    return Reading(lines, (looked_from - timedelta(days=1), AFTER_A_DAY), looked_from)
