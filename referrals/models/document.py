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


class Reason(models.TextChoices):
    WRONG_CASE = "wrong_case", _("Il appartient à un autre dossier")
    WRONG_FILE = "wrong_file", _("Ce n'est pas le bon fichier")
    DUPLICATE = "duplicate", _("Il est déjà dans le dossier")
    NOT_NEEDED = "not_needed", _("Il en dit plus que la cellule n'a besoin de savoir")
    NOT_ALLOWED = "not_allowed", _("Il ne devait pas être déposé ici")
    REPLACED = "replaced", _("Une autre copie prend sa place")


class Document(models.Model):
    """One document. Its name, its source and its digest are sealed; so is the key of its files.

    Of one that was destroyed neither is left: only that it was there, in which part, and when.

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
    about = models.BinaryField(null=True)
    file_key = models.BinaryField(null=True)
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
            models.CheckConstraint(
                name="referrals_document_destroyed_is_empty",
                condition=models.Q(state="destroyed", about=None, file_key=None)
                | ~models.Q(state="destroyed")
                & models.Q(about__isnull=False, file_key__isnull=False),
                violation_error_message=_("D'un document détruit il ne reste rien."),
            ),
        ]
        indexes = [
            models.Index(fields=["case", "created_at"], name="referrals_document_case"),
            models.Index(fields=["added_by", "created_at"], name="referrals_document_adder"),
            models.Index(
                fields=["copy_of"],
                condition=models.Q(copy_of__isnull=False),
                name="referrals_document_copies",
            ),
        ]


class LooseFile(models.Model):
    """A file that no row may need: about to be written, or to be deleted. Only functions touch it.

    ``id`` is that of the document or of the export that it is of.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    case_id = models.UUIDField()
    due_at = models.DateTimeField()

    class Meta:
        db_table = "referrals_loose_file"
        indexes = [models.Index(fields=["due_at"], name="referrals_loose_file_due")]
