"""Exports: a file made for one person from what they may see of a case, kept for a day."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kernel.ids import uuid7
from referrals.models.case import Case


class ExportForm(models.TextChoices):
    PDF = "pdf", _("PDF, pour lire et imprimer")
    JSON = "json", _("JSON, pour un autre logiciel")
    CSV = "csv", _("CSV, pour un tableur")


class ExportPurpose(models.TextChoices):
    HAND_OVER = "hand_over", _("Transmettre à un service ou à une autorité")
    JUSTICE = "justice", _("Répondre à une demande de la justice")
    MEETING = "meeting", _("Préparer une réunion ou un entretien")
    OWN_FILE = "own_file", _("Verser au dossier de mon service")
    RIGHTS = "rights", _("Répondre à la personne concernée, qui demande ses données")


class ExportState(models.TextChoices):
    REQUESTED = "requested", _("Demandé")
    RUNNING = "running", _("En préparation")
    READY = "ready", _("Prêt")
    FAILED = "failed", _("Échec")
    EXPIRED = "expired", _("Supprimé")


class ExportFailure(models.TextChoices):
    ACCESS_ENDED = (
        "access_ended",
        _("Votre accès au dossier a pris fin avant que le fichier existe."),
    )
    SESSIONS_ENDED = (
        "sessions_ended",
        _(
            "Vos sessions ont été fermées pendant la préparation, qui s'est arrêtée avec elles."
            " Votre accès au dossier n'a pas changé : demandez l'export à nouveau."
        ),
    )
    FACTOR_OLD = (
        "factor_old",
        _("La préparation a trop attendu et votre confirmation d'identité a vieilli. Recommencez."),
    )
    BROKEN = (
        "broken",
        _("Le fichier n'a pas pu être préparé. Recommencez ; si cela dure, prévenez la cellule."),
    )


class Export(models.Model):
    """One file for the seat that asked for it. The row stays a month as a receipt, the file a day.

    ``scope`` holds the compartments whose content is in the file: who loses one of them loses the
    file. ``file_key`` is sealed under the case's key and goes with the file.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell_id = models.IntegerField()
    case = models.ForeignKey(Case, models.PROTECT, related_name="+", db_index=False)
    seat_id = models.UUIDField()
    account_id = models.UUIDField()
    party_id = models.UUIDField(null=True)
    share_id = models.UUIDField(null=True)
    recipient_name = models.TextField(blank=True, default="")
    form = models.TextField(choices=ExportForm)
    purpose = models.TextField(choices=ExportPurpose)
    receipt = models.TextField()
    state = models.TextField(choices=ExportState, default=ExportState.REQUESTED)
    progress = models.SmallIntegerField(default=0)
    failure = models.TextField(choices=ExportFailure, blank=True, default="")
    scope = models.IntegerField(default=0)
    size = models.IntegerField(default=0)
    sha256 = models.TextField(blank=True, default="")
    file_key = models.BinaryField(null=True)
    factor_at = models.DateTimeField()
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    tries = models.SmallIntegerField(default=0)
    at_work = models.BinaryField(null=True)
    """What is kept of the token of whoever makes it now."""

    class Meta:
        db_table = "referrals_export"
        constraints = [
            models.UniqueConstraint(
                fields=["cell_id", "receipt"], name="referrals_export_receipt_once"
            ),
            models.CheckConstraint(
                name="referrals_export_ready_is_dated",
                condition=~models.Q(state="ready")
                | models.Q(made_at__isnull=False, expires_at__isnull=False, file_key__isnull=False)
                & ~models.Q(sha256=""),
                violation_error_message=_("Un fichier prêt a une empreinte et une date de fin."),
            ),
        ]
        indexes = [
            models.Index(fields=["seat_id", "-asked_at"], name="referrals_export_mine"),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(state="ready"),
                name="referrals_export_ending",
            ),
            models.Index(
                fields=["asked_at"],
                condition=~models.Q(state="ready"),
                name="referrals_export_forgotten",
            ),
        ]
