"""What people are told about the record: its newest signature each day, and an alert. No name."""

from uuid import UUID

from django.db import connections
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from audit.witnessing import events
from kernel.outbox.letters import Enclosure, letter

DAILY, ALERT, UNSIGNED = "witness.daily", "witness.alert", "witness.unsigned"


def declare() -> None:
    """Declare the wording of what this app sends."""
    letter(
        DAILY,
        subject=_("Rempart : copie du journal"),
        sentence=_(
            "Voici la dernière signature du journal de votre cellule. Gardez la pièce jointe hors "
            "de l'application : elle montrera si le journal a été réécrit depuis. Pour la "
            "comparer, connectez-vous."
        ),
        path=_copy,
        enclosed=newest,
    )
    letter(
        ALERT,
        subject=_("Rempart : ALERTE sur le journal"),
        sentence=_(
            "Une copie du journal de votre cellule ne correspond plus au journal. Ne supprimez "
            "rien, gardez vos copies et regardez qui a comparé laquelle."
        ),
        path=_compared,
    )
    letter(
        UNSIGNED,
        subject=_("Rempart : copie du journal sans signature connue"),
        sentence=_(
            "Quelqu'un a comparé au journal un texte qu'aucune clé connue du journal n'a signé. "
            "N'importe qui peut écrire un tel texte : demandez d'où il vient."
        ),
        path=_compared,
    )


def newest(cell_id: int) -> Enclosure | None:
    """The newest checkpoint of a cell's log, as it is when the letter leaves."""
    with connections["worker"].cursor() as cursor:
        cursor.execute("SELECT audit.letter_checkpoint(%s)", [cell_id])
        [note] = cursor.fetchone()
    if note is None:
        return None
    size = note.split("\n", 2)[1]
    return Enclosure(f"journal-{cell_id}-{size}.txt", note)


def _copy(subject_id: UUID | None) -> str:
    return reverse("audit:witness")


def _compared(subject_id: UUID | None) -> str:
    """The comparisons of the cell, for those who read its record."""
    return f"{reverse('audit:journal')}?evenement={events.COMPARED.name}"
