"""Documents of a case: each belongs to one compartment and is seen by those who see that."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from kernel.clock import FOREVER
from kernel.ids import uuid7
from referrals.models.case import Case


class Nature(models.TextChoices):
    SCREENSHOT = "screenshot", _("Capture d'écran")
    PHOTO = "photo", _("Photo")
    TESTIMONY = "testimony", _("Témoignage écrit")
    REPORT = "report", _("Compte rendu")
    LETTER = "letter", _("Courrier")
    CERTIFICATE = "certificate", _("Certificat")
    DECISION = "decision", _("Décision")
    OTHER = "other", _("Autre document")


class DocumentState(models.TextChoices):
    PENDING = "pending", _("En attente de vérification")
    READY = "ready", _("Disponible")
    INFECTED = "infected", _("Écarté : virus trouvé")
    DESTROYED = "destroyed", _("Détruit")


class Document(models.Model):
    """One document. Its name, its source and its digest are sealed; so is the key of its files.

    ``since`` is when it counts as added for shares that cover only what came before them: a copy
    made for one recipient counts as old as what it was made from. ``only_for`` names the units that
    a copy is for, ``withheld`` those that see a copy instead.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell_id = models.IntegerField()
    case = models.ForeignKey(Case, models.PROTECT, related_name="+", db_index=False)
    bit = models.SmallIntegerField()
    nature = models.TextField(choices=Nature)
    kind = models.TextField()
    size = models.IntegerField()
    state = models.TextField(choices=DocumentState)
    about = models.BinaryField()
    file_key = models.BinaryField()
    owner_unit = models.IntegerField(default=0, editable=False)
    owner_name = models.TextField(default="", editable=False)
    copy_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", db_index=False)
    only_for = ArrayField(models.IntegerField(), null=True)
    withheld = ArrayField(models.IntegerField(), default=list, editable=False)
    added_by = models.UUIDField()
    created_at = models.DateTimeField()
    since = models.DateTimeField()
    version = models.IntegerField(default=1)
    viewers = ArrayField(models.IntegerField(), default=list, editable=False)
    editors = ArrayField(models.IntegerField(), default=list, editable=False)
    recheck_at = models.DateTimeField(default=FOREVER, editable=False)

    class Meta:
        db_table = "referrals_document"
        constraints = [
            models.CheckConstraint(
                name="referrals_document_copy_is_for_somebody",
                condition=models.Q(copy_of=None, only_for=None)
                | models.Q(copy_of__isnull=False, only_for__len__gt=0),
                violation_error_message=_("Une copie est faite pour un destinataire."),
            ),
            models.CheckConstraint(
                name="referrals_document_part",
                condition=models.Q(bit__range=(3, 10)),
                violation_error_message=_("Cette partie du dossier ne reçoit pas de document."),
            ),
        ]
        indexes = [models.Index(fields=["case", "created_at"], name="referrals_document_case")]
