"""Tells those who control access that their record is not well, and when it is well again.

What is the matter is asked again and again; told it is once a day, and once more when it is over.
Over is what has not come back for ten minutes: something that comes and goes is one alarm. Nobody
hears that it is over while something else of their cell is still the matter. What begins again
after it was said to be over is a new alarm, on the same day as well: "over" is never the last word
about something that is the matter.
"""

from uuid import UUID, uuid5

from django.db import connections, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kernel.outbox.enqueue import owe
from kernel.outbox.letters import letter

QUIET_MINUTES = 10
OVER = "record.well"
_NAMES = UUID("5a1f0e5e-6a2b-4b57-9d5e-3f2f7f0c8a11")
_SPEAK = "record.{}"


def declare() -> None:
    """Declare the wording of every alarm."""
    told = {
        "sealer": _("Le scellement du journal est arrêté ou en retard. Prévenez l'exploitant."),
        "damaged": _(
            "Le journal de votre cellule ne correspond plus à ce qui a été signé. Prévenez "
            "l'exploitant et conservez votre dernier point de contrôle."
        ),
        "drift": _(
            "Les droits de lecture enregistrés ne correspondent plus aux règles pour une partie "
            "des données de votre cellule. Prévenez l'exploitant."
        ),
        "uncounted": _(
            "Les écarts entre les droits de lecture enregistrés et les règles n'ont pas été "
            "comptés depuis plusieurs heures : personne ne sait s'il y en a. Prévenez "
            "l'exploitant."
        ),
        "unkept": _(
            "Les entrées du journal ne sont plus comptées, ou les constats ne sont plus tenus, "
            "depuis plusieurs heures : ce qui sort de l'ordinaire peut manquer ou se faire "
            "attendre. Prévenez l'exploitant."
        ),
        "verification": _(
            "Une vérification du journal, ou une copie que quelqu'un en avait gardée, montre une "
            "anomalie. Prévenez l'exploitant et conservez votre dernier point de contrôle."
        ),
        "unverified": _(
            "Le journal n'a pas été vérifié depuis plusieurs heures : personne ne sait s'il est "
            "intact. Prévenez l'exploitant."
        ),
    }
    for kind, sentence in told.items():
        letter(
            _SPEAK.format(kind),
            subject=_("Rempart : à lire sans attendre"),
            sentence=sentence,
            path=_journal,
        )
    letter(
        OVER,
        subject=_("Rempart : de nouveau en ordre"),
        sentence=_("Ce qui avait été signalé au sujet du journal est terminé."),
        path=_journal,
    )


def raise_alarms() -> int:
    """Owe the letters of what is the matter now and of what is over; how many alarms there are.

    As the worker. Safe to run twice, late or at the same time as another.
    """
    with transaction.atomic(using="worker"), connections["worker"].cursor() as cursor:
        cursor.execute("SELECT cell_id, kind FROM audit.alarms()")
        matters = cursor.fetchall()
        for cell_id, kind in matters:
            cursor.execute(
                "INSERT INTO audit_alarm (cell_id, kind) VALUES (%s, %s)"
                " ON CONFLICT (cell_id, kind) DO UPDATE SET last_at = clock_timestamp()"
                " RETURNING since, (now() AT TIME ZONE 'Europe/Paris')::date",
                [cell_id, kind],
            )
            _tell(cell_id, _SPEAK.format(kind), kind, *cursor.fetchone())
        cursor.execute(
            "DELETE FROM audit_alarm a"
            " WHERE last_at < clock_timestamp() - make_interval(mins => %s)"
            " AND NOT EXISTS (SELECT FROM audit.alarms() m"
            "                  WHERE (m.cell_id, m.kind) = (a.cell_id, a.kind))"
            " RETURNING cell_id, kind, since",
            [QUIET_MINUTES],
        )
        ended = {cell_id: (kind, since) for cell_id, kind, since in cursor.fetchall()}
        cursor.execute("SELECT DISTINCT cell_id FROM audit_alarm")
        still = {cell_id for (cell_id,) in cursor.fetchall()}
        for cell_id in ended.keys() - still:
            _tell(cell_id, OVER, *ended[cell_id])
    return len(matters)


def _tell(cell_id: int, letter_kind: str, *about: object) -> None:
    """Owe it to whoever controls access there; the same twice is owed once."""
    using = connections["worker"]
    with using.cursor() as cursor:
        cursor.execute("SELECT audit.watchers(%s)", [cell_id])
        people = [account for (account,) in cursor.fetchall()]
    event = uuid5(_NAMES, "/".join(map(str, (letter_kind, cell_id, *about))))
    owe(
        using, cell_id=cell_id, event_id=event, kind=letter_kind, recipients=people, subject_id=None
    )


def _journal(subject_id: UUID | None) -> str:
    return reverse("audit:journal")
