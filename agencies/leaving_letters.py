"""What people are told about access: no name, no agency, no case."""

from __future__ import annotations

from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kernel.outbox.letters import letter


def _home(subject_id: UUID | None) -> str:
    return reverse("home")


def _absences(subject_id: UUID | None) -> str:
    return reverse("agencies:absence")


def declare() -> None:
    """Declare the wording of every notification about access."""
    for kind, sentence in {
        "access.ended": _(
            "Un accès à la cellule a pris fin. Des tâches sont peut-être à reprendre."
        ),
        "access.interim": _("Un rôle vous est confié à titre provisoire."),
        "key.made": _("Un jeton d'accès a été créé pour un organisme de la cellule."),
    }.items():
        letter(kind, subject=_("Rempart : du nouveau"), sentence=sentence, path=_home)
    for kind, sentence in {
        "deputy.named": _("Un remplacement vous concerne."),
        "deputy.asked": _("Un remplacement attend votre confirmation."),
        "deputy.ended": _("Un remplacement qui vous concerne est arrêté."),
    }.items():
        letter(kind, subject=_("Rempart : du nouveau"), sentence=sentence, path=_absences)
