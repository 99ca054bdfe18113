"""How many letters of invitation leave in a day: what people are told when it is too many."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from agencies.models import Invitation
from kernel.errors import TooMany

SENTENCES = {
    "agencies_letters_of_one_invitation": _(
        "Ce lien a déjà été envoyé cinq fois en vingt-quatre heures. Demandez à la personne de "
        "regarder dans ses courriers indésirables, et réessayez demain."
    ),
    "agencies_letters_of_one_inviter": _(
        "Cinquante invitations sont déjà parties en vingt-quatre heures au nom de la personne qui "
        "invite. Réessayez demain, ou demandez à un autre responsable d'inviter."
    ),
}


def saved(invitation: Invitation, **options: Any) -> None:
    """Save what makes a letter leave, or refuse with TooMany and change nothing."""
    try:
        with transaction.atomic():
            invitation.save(**options)
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        sentence = SENTENCES.get(getattr(diagnosis, "constraint_name", None) or "")
        if sentence is None:
            raise
        raise TooMany(sentence) from error
