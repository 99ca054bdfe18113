"""What people are told about their own sign-in, and where it leads. No name, no number."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kernel.outbox.letters import letter


def _mine(subject_id: UUID | None) -> str:
    return reverse("agencies:factors")


def _identities(subject_id: UUID | None) -> str:
    """Where identities are listed; one's account where the provider has been taken away since."""
    known = settings.IDENTITY_PROVIDER is not None
    return reverse("agencies:identities" if known else "agencies:account")


def _requests(subject_id: UUID | None) -> str:
    return reverse("agencies:replacements")


def declare() -> None:
    """Declare the wording of every notification about factors and identities."""
    mine = {
        "factor.added": _(
            "Un second facteur a été ajouté à votre compte. Si ce n'était pas vous, "
            "connectez-vous, retirez-le et prévenez la personne qui administre votre cellule."
        ),
        "factor.removed": _(
            "Un second facteur a été retiré de votre compte. Si ce n'était pas vous, prévenez la "
            "personne qui administre votre cellule."
        ),
        "factor.printed": _(
            "De nouveaux codes de secours ont été imprimés pour votre compte. Si ce n'était pas "
            "vous, prévenez la personne qui administre votre cellule."
        ),
        "factor.guessed": _(
            "Quelqu'un qui connaît votre mot de passe a essayé plusieurs codes. Si ce n'était pas "
            "vous, prévenez la personne qui administre votre cellule."
        ),
        "factor.replacement_asked": _(
            "Le remplacement de vos seconds facteurs a été demandé. Si ce n'était pas vous, "
            "connectez-vous et annulez la demande."
        ),
        "factor.replacement_agreed": _(
            "Une première personne a approuvé le remplacement de vos seconds facteurs. Si vous ne "
            "l'avez pas demandé, connectez-vous et annulez la demande."
        ),
        "factor.replacement_waits": _(
            "Le remplacement de vos seconds facteurs est approuvé et sera possible après le délai "
            "d'attente. Si vous ne l'avez pas demandé, connectez-vous et annulez la demande."
        ),
        "factor.replacement_linked": _(
            "Un lien pour remplacer vos seconds facteurs vient d'être remis. Si vous ne l'avez pas "
            "demandé, connectez-vous et annulez la demande."
        ),
        "factor.replacement_cancelled": _(
            "La demande de remplacement de vos seconds facteurs est annulée."
        ),
        "factor.replaced": _(
            "Vos seconds facteurs ont été remplacés. Si ce n'était pas vous, prévenez tout de "
            "suite la personne qui administre votre cellule."
        ),
    }
    for kind, sentence in mine.items():
        letter(kind, subject=_("Rempart : votre connexion"), sentence=sentence, path=_mine)
    identities = {
        "identity.linked": _(
            "Une identité d'un fournisseur a été associée à votre compte et peut l'ouvrir. Si ce "
            "n'était pas vous, connectez-vous, retirez-la et prévenez la personne qui administre "
            "votre cellule."
        ),
        "identity.unlinked": _(
            "Une identité d'un fournisseur a été retirée de votre compte. Si ce n'était pas vous, "
            "prévenez la personne qui administre votre cellule."
        ),
    }
    for kind, sentence in identities.items():
        letter(kind, subject=_("Rempart : votre connexion"), sentence=sentence, path=_identities)
    letter(
        "factor.replacement_to_agree",
        subject=_("Rempart : du nouveau"),
        sentence=_("Une personne de votre cellule demande le remplacement de ses facteurs."),
        path=_requests,
    )
