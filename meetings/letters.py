"""What people are told about meetings, and where it leads. No name, no case."""

from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kernel.outbox.letters import letter


def _room(subject_id: UUID | None) -> str:
    return reverse("meetings:meeting", args=[subject_id]) if subject_id else reverse("home")


def declare() -> None:
    """Declare the wording of every notification about a meeting."""
    told = {
        "meeting.convened": _("Votre service est convié à une réunion."),
        "meeting.cancelled": _("Une réunion à laquelle votre service était convié est annulée."),
        "decision.recorded": _("Une décision de réunion est confiée à votre service."),
    }
    for kind, sentence in told.items():
        letter(kind, subject=_("Rempart : du nouveau"), sentence=sentence, path=_room)
