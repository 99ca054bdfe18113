"""What people are told, and where it leads. No name, no fact, no school."""

from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kernel.outbox.letters import letter


def _case(subject_id: UUID | None) -> str:
    return reverse("referrals:case", args=[subject_id]) if subject_id else reverse("home")


def _shares(subject_id: UUID | None) -> str:
    return reverse("referrals:shares")


def _glass(subject_id: UUID | None) -> str:
    return reverse("referrals:glass_list")


def _cell(subject_id: UUID | None) -> str:
    return reverse("agencies:cell")


def _exports(subject_id: UUID | None) -> str:
    return reverse("referrals:exports")


def _ask_export(subject_id: UUID | None) -> str:
    return reverse("referrals:ask_export", args=[subject_id]) if subject_id else reverse("home")


def declare() -> None:
    """Declare the wording of every notification about a case."""
    told = {
        "referral.submitted": _("Une nouvelle saisine est arrivée."),
        "referral.acknowledged": _("Votre saisine est prise en charge."),
        "referral.triaged": _("Une saisine évaluée attend votre décision."),
        "prosecutor.named": _("Une saisine est confiée à votre parquet."),
        "referral.activated": _("La cellule est activée pour un dossier."),
        "measure.added": _("Une mesure est confiée à votre service."),
        "prosecutor.orders": _("Le parquet a changé ses consignes sur un dossier."),
        "feedback.sent": _("La cellule vous répond au sujet d'une saisine."),
        "share.accepted": _("Un partage que vous avez proposé est accepté."),
        "share.refused": _("Un partage que vous avez proposé est refusé."),
        "request.made": _("Un service vous demande quelque chose au sujet d'un dossier."),
        "request.answered": _("La coordination a répondu à votre demande."),
        "share.renewed": _("Un partage avec votre service est prolongé."),
        "share.ending": _("Un partage se termine dans une semaine."),
    }
    for kind, sentence in told.items():
        letter(kind, subject=_("Rempart : du nouveau"), sentence=sentence, path=_case)
    letter(
        "share.proposed",
        subject=_("Rempart : du nouveau"),
        sentence=_("Un partage est proposé à votre service."),
        path=_shares,
    )
    letter(
        "share.revoked",
        subject=_("Rempart : du nouveau"),
        sentence=_("Un partage avec votre service a pris fin."),
        path=_shares,
    )
    letter(
        "glass.broken",
        subject=_("Rempart : à lire sans attendre"),
        sentence=_("Un accès d'urgence vient d'être ouvert dans votre cellule."),
        path=_glass,
    )
    letter(
        "glass.to_review",
        subject=_("Rempart : à relire"),
        sentence=_("La liste des accès d'urgence de la semaine est à relire."),
        path=_glass,
    )
    letter(
        "export.ready",
        subject=_("Rempart : du nouveau"),
        sentence=_("Le fichier que vous avez demandé est prêt."),
        path=_exports,
    )
    letter(
        "cell.unheard",
        subject=_("Rempart : à faire sans attendre"),
        sentence=_("Une saisine est arrivée et personne ne coordonne la cellule."),
        path=_cell,
    )
    letter(
        "person.wanted",
        subject=_("Rempart : du nouveau"),
        sentence=_("La protection des données demande l'export des données d'un élève."),
        path=_ask_export,
    )
