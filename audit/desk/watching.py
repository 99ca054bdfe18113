"""The rules that the record alone can tell: bulk reading, and reading at night."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.translation import gettext_lazy as _

from audit.desk.rules import Found, rule
from audit.leaf import NOBODY
from kernel.viewer import Viewer

AT_NIGHT: Final = 3
READS: Final = ("case.read", "document.read", "identity.revealed", "meeting.read", "export.taken")


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


def bulk(viewer: Viewer, since: date, until: date) -> Iterator[Found]:
    """More than 60 different cases within an hour, whenever the hour begins.

    An hour that goes over midnight belongs to the day on which it ends.
    """
    for actor, day, n, begun in _rows("SELECT * FROM audit.bulk_reads(%s, %s)", [since, until]):
        yield _of_person(actor, day, n, nature="reads", du=begun)


def night(viewer: Viewer, since: date, until: date) -> Iterator[Found]:
    """Some readings of one person in the night hours of one day."""
    days = _rows(
        "SELECT actor, day, sum(night)::int FROM audit_tally WHERE cell_id = %s"
        " AND day BETWEEN %s AND %s AND night > 0 AND kind = ANY (%s) AND outcome = 'done'"
        " AND actor <> %s GROUP BY actor, day HAVING sum(night) >= %s",
        [viewer.cell_id, since, until, list(READS), NOBODY, AT_NIGHT],
    )
    for actor, day, n in days:
        # No group of kinds holds readings and names alike: everything of that day is shown.
        yield _of_person(actor, day, n)


def _of_person(actor: UUID, day: date, n: int, **more: str | date) -> Found:
    seen_in: dict[str, UUID | date | str] = {"personne": actor, "du": day, "au": day, **more}
    return Found(actor, day, n, concerned=actor, seen_in=seen_in)


def _rows(query: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(query, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
