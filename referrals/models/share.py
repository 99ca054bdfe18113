"""The share: one agency lets another see named compartments, for a purpose, until a date."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel.ids import uuid7
from referrals.models.access import Level
from referrals.models.case import Case


class ShareState(models.TextChoices):
    PROPOSED = "proposed", _("Proposé")
    ACCEPTED = "accepted", _("Accepté")
    REFUSED = "refused", _("Refusé")
    REVOKED = "revoked", _("Retiré")
    EXPIRED = "expired", _("Échu")
    CASE_CLOSED = "case_closed", _("Terminé avec le dossier")
    ACCESSION_ENDED = "accession_ended", _("Terminé avec l'adhésion")


class Purpose(models.TextChoices):
    INVESTIGATION = "investigation", _("Enquête sur les faits")
    PROTECTION = "protection", _("Protection de l'élève")
    SUPPORT = "support", _("Accompagnement de la victime")
    EVALUATION = "evaluation", _("Évaluation de la situation familiale")
    MEASURE = "measure", _("Mise en œuvre d'une mesure")
    PREVENTION = "prevention", _("Action de prévention")


class LegalBasis(models.TextChoices):
    PROTOCOL = "protocol", _("Protocole de la cellule")
    SHARED_SECRECY = "shared_secrecy", _("Secret partagé (L. 226-2-2 CASF)")
    PROSECUTOR_REPORT = "prosecutor_report", _("Signalement (art. 40 CPP)")
    CONSENT = "consent", _("Accord de la famille")


class RenewalReason(models.TextChoices):
    FOLLOW_UP = "follow_up", _("Le suivi continue")
    INVESTIGATION = "investigation", _("L'enquête continue")
    MEASURE = "measure", _("Une mesure est en cours")
    PROCEDURE = "procedure", _("Une procédure est en cours")


class RefusalReason(models.TextChoices):
    OUT_OF_COMPETENCE = "out_of_competence", _("Hors de notre compétence")
    OUT_OF_AREA = "out_of_area", _("Hors de notre zone")
    DUPLICATE = "duplicate", _("Situation déjà suivie par nous")
    TOO_MUCH = "too_much", _("Plus que ce dont nous avons besoin")


class Share(models.Model):
    """Opens on acceptance, dies with any ending. It always has an end (30 days unless said).

    ``remind_at`` is when both sides are told that it will end; nothing once they have been.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell_id = models.IntegerField()
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    from_unit = models.IntegerField()
    to_unit = models.IntegerField()
    to_secrecy_unit = models.IntegerField(null=True)
    to_agency_id = models.UUIDField()
    to_agency_kind = models.TextField()
    to_agency_name = models.TextField()
    purpose = models.TextField(choices=Purpose)
    legal_basis = models.TextField(choices=LegalBasis)
    scope = models.IntegerField()
    level = models.SmallIntegerField(choices=Level, default=Level.READ)
    include_future = models.BooleanField(default=False)
    starts_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.TextField(choices=ShareState, default=ShareState.PROPOSED)
    refusal_reason = models.TextField(choices=RefusalReason, blank=True, default="")
    proposed_by = models.UUIDField()
    proposed_at = models.DateTimeField()
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    renewals = models.SmallIntegerField(default=0, db_default=0)
    renewed_at = models.DateTimeField(null=True)
    renewal_reason = models.TextField(choices=RenewalReason, blank=True, default="", db_default="")
    remind_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    viewers = ArrayField(models.IntegerField(), default=list, editable=False)

    class Meta:
        db_table = "referrals_share"
        constraints = [
            models.CheckConstraint(
                name="referrals_share_ends",
                condition=Q(expires_at__gt=models.F("starts_at")),
                violation_error_message=_("La date de fin vient après le début."),
            ),
            models.CheckConstraint(
                name="referrals_share_has_scope",
                condition=Q(scope__gt=0) | Q(level=Level.STUB),
                violation_error_message=_("Choisissez au moins une partie du dossier."),
            ),
            models.CheckConstraint(
                name="referrals_share_without_prefecture",
                condition=~Q(to_agency_kind="prefecture"),
                violation_error_message=_("Une préfecture ne reçoit que des chiffres d'ensemble."),
            ),
        ]
        indexes = [
            models.Index(fields=["cell_id", "case"], name="referrals_share_case"),
            models.Index(fields=["to_unit", "state"], name="referrals_share_inbox"),
            models.Index(
                fields=["remind_at"],
                condition=Q(remind_at__isnull=False),
                name="referrals_share_remind",
            ),
        ]
