"""What a partner asks of the cell about a case: to see more of it, or to be told something."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel.ids import uuid7
from referrals.models.access import Level
from referrals.models.case import Case
from referrals.models.share import Purpose


class RequestKind(models.TextChoices):
    ACCESS = "access", _("Demande d'accès")
    INFORMATION = "information", _("Demande d'information")


class RequestState(models.TextChoices):
    OPEN = "open", _("En attente")
    ANSWERED = "answered", _("Répondue")
    WITHDRAWN = "withdrawn", _("Retirée")
    LAPSED = "lapsed", _("Restée sans réponse")


class PartRefusal(models.TextChoices):
    NOT_NEEDED = "not_needed", _("Pas nécessaire à sa mission")
    TOO_EARLY = "too_early", _("Trop tôt")
    COVERED = "covered", _("Couvert par un secret")
    NOT_HELD = "not_held", _("La cellule ne l'a pas")


class PartnerRequest(models.Model):
    """Asked by one agency, answered by coordination part by part; it lapses without an answer.

    It opens nothing by itself: what is granted becomes a share to accept. ``question`` and
    ``answers`` are sealed; ``refusals`` holds codes of parts and of reasons.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell_id = models.IntegerField()
    case = models.ForeignKey(Case, models.PROTECT, related_name="+", db_index=False)
    kind = models.TextField(choices=RequestKind)
    from_unit = models.IntegerField()
    to_unit = models.IntegerField(default=0, editable=False)
    agency_name = models.TextField(default="", editable=False)
    scope = models.IntegerField()
    level = models.SmallIntegerField(choices=Level, default=Level.READ)
    purpose = models.TextField(choices=Purpose)
    question = models.BinaryField()
    state = models.TextField(choices=RequestState, default=RequestState.OPEN)
    asked_by = models.UUIDField()
    asked_at = models.DateTimeField()
    lapses_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    answered_by = models.UUIDField(null=True)
    granted_scope = models.IntegerField(default=0)
    refusals = models.JSONField(default=dict)
    answers = models.BinaryField()
    share_id = models.UUIDField(null=True)
    version = models.IntegerField(default=1)
    viewers = ArrayField(models.IntegerField(), default=list, editable=False)

    class Meta:
        db_table = "referrals_request"
        constraints = [
            models.UniqueConstraint(
                fields=["case", "from_unit", "kind"],
                condition=Q(state="open"),
                name="referrals_request_one_open",
            ),
            models.CheckConstraint(
                name="referrals_request_has_scope",
                condition=Q(scope__gt=0) & Q(scope__lt=4096),
                violation_error_message=_("Choisissez au moins une partie du dossier."),
            ),
        ]
        indexes = [
            models.Index(fields=["cell_id", "case"], name="referrals_request_case"),
            models.Index(
                fields=["lapses_at"],
                condition=Q(state="open"),
                name="referrals_request_open",
            ),
        ]
