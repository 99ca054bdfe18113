"""What people are told about invitations. No name, no address, no agency."""

from __future__ import annotations

from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agencies.services.invitation_link import addressee_of
from agencies.services.invite import LETTER, WANTED
from kernel.outbox.letters import letter


def declare() -> None:
    """Declare the wording of what this app sends."""
    letter(
        LETTER,
        subject=_("Rempart : vous êtes invité à participer"),
        sentence=_(
            "Vous êtes invité à participer à une cellule. Ce lien ne sert qu'une fois et expire "
            "bientôt. Si vous ne vous y attendiez pas, n'ouvrez rien et prévenez votre organisme."
        ),
        path=_nowhere,
        found_by=addressee_of,
    )
    letter(
        WANTED,
        subject=_("Rempart : du nouveau"),
        sentence=_("Une demande de rôle attend votre confirmation."),
        path=lambda subject_id: reverse("agencies:to_confirm"),
    )


def _nowhere(subject_id: UUID | None) -> str:
    """The link of an invitation is found when the letter leaves; nothing else leads there."""
    return reverse("home")
