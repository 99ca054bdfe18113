"""The rules that the record alone can tell: bulk reading, and reading at night."""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.translation import gettext_lazy as _

from audit.desk.rules import Found, rule
from audit.leaf import NOBODY
from kernel.clock import midnight
from kernel.viewer import Viewer

MANY: Final = 60
"""More cases than this in one hour are more than anybody reads."""
AT_NIGHT: Final = 3
READS: Final = ("case.read", "document.read", "identity.revealed", "meeting.read", "export.taken")
HOUR: Final = timedelta(hours=1)


def declare() -> None:
    """Called once, when the app is ready."""
    rule(
        "bulk",
        _("Lecture en masse"),
        _(
            "Une personne a ouvert plus de 60 dossiers différents en une heure. C'est plus que le"
            " travail sur les dossiers ne demande : une copie, un compte détourné ou un outil."
        ),
        _("Dossiers ouverts"),
        bulk,
    )
    rule(
        "night",
        _("Lecture de nuit"),
        _(
            "Une personne a lu des dossiers, des documents ou des noms entre 22 h et 6 h. C'est"
            " attendu d'une permanence, et à expliquer pour les autres."
        ),
        _("Lectures"),
        night,
    )


def bulk(viewer: Viewer, since: date) -> Iterator[Found]:
    """More than 60 different cases within an hour, whenever the hour begins.

    An hour that goes over midnight belongs to the day on which it ends.
    """
    days = _rows(
        "WITH read AS (SELECT actor, day, sum(n) AS n FROM audit_tally"
        " WHERE cell_id = %s AND day >= %s AND kind = 'case.read' AND outcome = 'done'"
        " GROUP BY actor, day)"
        " SELECT r.actor, r.day FROM read r"
        " LEFT JOIN read y ON y.actor = r.actor AND y.day = r.day - 1"
        " WHERE r.day >= %s AND r.n + coalesce(y.n, 0) > %s",
        [viewer.cell_id, since - timedelta(days=1), since, MANY],
    )
    for actor, day in days:
        begins = midnight(day)
        read = _rows(
            "SELECT at, case_id FROM audit_entry WHERE cell_id = %s AND actor = %s"
            " AND at > %s - interval '1 hour'"
            " AND at < (%s::date + 1)::timestamp AT TIME ZONE 'Europe/Paris'"
            " AND kind = 'case.read' AND outcome = 'done' AND case_id IS NOT NULL ORDER BY at",
            [viewer.cell_id, actor, begins, day],
        )
        most = most_in_an_hour(read, ending_from=begins)
        if most > MANY:
            within = most_in_an_hour(each for each in read if each[0] >= begins)
            begun = day - timedelta(days=most > within)
            yield _of_person(actor, day, most, nature="reads", du=begun.isoformat())


def most_in_an_hour(
    read: Iterable[tuple[datetime, UUID]], *, ending_from: datetime | None = None
) -> int:
    """The most different cases among readings in the order of time, in any hour that ends then."""
    window: deque[tuple[datetime, UUID]] = deque()
    times: dict[UUID, int] = {}
    most = 0
    for at, case_id in read:
        window.append((at, case_id))
        times[case_id] = times.get(case_id, 0) + 1
        while window[0][0] <= at - HOUR:
            _at, gone = window.popleft()
            times[gone] -= 1
            if not times[gone]:
                del times[gone]
        if ending_from is None or at >= ending_from:
            most = max(most, len(times))
    return most


def night(viewer: Viewer, since: date) -> Iterator[Found]:
    """Some readings of one person in the night hours of one day."""
    days = _rows(
        "SELECT actor, day, sum(night)::int FROM audit_tally WHERE cell_id = %s AND day >= %s"
        " AND night > 0 AND kind = ANY (%s) AND outcome = 'done' AND actor <> %s"
        " GROUP BY actor, day HAVING sum(night) >= %s",
        [viewer.cell_id, since, list(READS), NOBODY, AT_NIGHT],
    )
    for actor, day, n in days:
        # No group of kinds holds readings and names alike: everything of that day is shown.
        yield _of_person(actor, day, n)


def _of_person(actor: UUID, day: date, n: int, **more: str) -> Found:
    seen_in = {"personne": str(actor), "du": day.isoformat(), "au": day.isoformat()}
    return Found(actor, day, n, concerned=actor, seen_in=seen_in | more)


def _rows(query: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(query, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
