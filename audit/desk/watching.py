"""The rules that the record alone can tell: bulk reading, and reading at night."""

from datetime import date
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from audit.desk.rules import Asked, Found, rule
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
        in_bulk,
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
        of_person,
    )


def bulk(viewer: Viewer, since: date, until: date) -> Asked:
    """More than 60 different cases within an hour, whenever the hour begins.

    An hour that goes over midnight belongs to the day on which it ends.
    """
    query = "SELECT b.actor AS about, b.day, b.n, b.begun FROM audit.bulk_reads(%s, %s) b"
    return query, [since, until]


def in_bulk(actor: UUID, day: date, n: int, begun: date) -> Found:
    """What shows it begins where the hour does."""
    return of_person(actor, day, n, nature="reads", du=begun)


def night(viewer: Viewer, since: date, until: date) -> Asked:
    """Some readings of one person in the night hours of one day."""
    return (
        "SELECT actor AS about, day, sum(night)::int AS n FROM audit_tally WHERE cell_id = %s"
        " AND day BETWEEN %s AND %s AND night > 0 AND kind = ANY (%s) AND outcome = 'done'"
        " AND actor <> %s GROUP BY actor, day HAVING sum(night) >= %s",
        [viewer.cell_id, since, until, list(READS), NOBODY, AT_NIGHT],
    )


def of_person(actor: UUID, day: date, n: int, **more: str | date) -> Found:
    """No group of kinds holds readings and names alike: everything of that day is shown."""
    seen_in: dict[str, UUID | date | str] = {"personne": actor, "du": day, "au": day, **more}
    return Found(actor, day, n, concerned=actor, seen_in=seen_in)
