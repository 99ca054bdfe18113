"""The thin header of a case, its key and its number."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from kernel.clock import FOREVER
from kernel.ids import uuid7
from referrals.states import State


class Urgency(models.TextChoices):
    IMMEDIATE = "immediate", _("Immédiate (en heures)")
    HIGH = "high", _("Haute (24 heures)")
    STANDARD = "standard", _("Normale (72 heures)")
    WATCH = "watch", _("Veille")


class Outcome(models.TextChoices):
    BULLYING_STOPPED = "bullying_stopped", _("Le harcèlement a cessé")
    IMPROVED = "improved", _("La situation s'est améliorée")
    UNRESOLVED = "unresolved", _("La situation n'est pas résolue")
    CONFLICT = "not_bullying_conflict", _("Conflit, sans harcèlement")
    UNFOUNDED = "unfounded", _("Faits non établis")
    FAMILY_WITHDREW = "family_withdrew", _("La famille s'est retirée")
    LEFT_SCHOOL_VICTIM = "left_school_victim", _("L'élève cible a changé d'établissement")
    LEFT_SCHOOL_AUTHOR = "left_school_author", _("L'auteur présumé a changé d'établissement")
    JUDICIAL_HANDOVER = "judicial_handover", _("Suites judiciaires seules")
    LOST_CONTACT = "lost_contact", _("Contact perdu")


class Case(models.Model):
    """What everybody who may know of the case sees: a reference, a state, dates, the school.

    No name and no fact stands here. What the prosecutor has ordered does (acts frozen, interviews
    paused, compartments closed to any further share), never why. ``viewers``, ``editors`` and
    ``recheck_at`` are written by the database only, from the grants.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell_id = models.IntegerField()
    reference = models.TextField(null=True)  # noqa: DJ001  unique once given, absent in a draft
    state = models.TextField(choices=State, default=State.DRAFT)
    urgency = models.TextField(choices=Urgency, blank=True, default="")
    gravity = models.SmallIntegerField(null=True)
    danger = models.BooleanField(default=False)
    outcome = models.TextField(choices=Outcome, blank=True, default="")
    school_id = models.UUIDField()
    school_uai = models.TextField()
    school_name = models.TextField()
    school_type = models.TextField()
    school_commune = models.TextField()
    owner_unit = models.IntegerField()
    prosecutor_unit = models.IntegerField(null=True)
    created_by = models.UUIDField()
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    triaged_at = models.DateTimeField(null=True)
    activated_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    feedback_at = models.DateTimeField(null=True)
    acts_frozen_at = models.DateTimeField(null=True)
    interviews_paused_at = models.DateTimeField(null=True)
    closed_scope = models.IntegerField(default=0, db_default=0)
    shredded_at = models.DateTimeField(null=True, editable=False)
    version = models.IntegerField(default=1)
    viewers = ArrayField(models.IntegerField(), default=list, editable=False)
    editors = ArrayField(models.IntegerField(), default=list, editable=False)
    recheck_at = models.DateTimeField(default=FOREVER, editable=False)

    class Meta:
        db_table = "referrals_case"
        constraints = [
            models.UniqueConstraint(
                fields=["cell_id", "reference"], name="referrals_reference_once"
            ),
            models.CheckConstraint(
                name="referrals_submitted_has_reference",
                condition=models.Q(state="draft", submitted_at=None, reference=None)
                | ~models.Q(state="draft")
                & models.Q(submitted_at__isnull=False, reference__isnull=False),
                violation_error_message=_("Une saisine transmise a une référence et une date."),
            ),
            models.CheckConstraint(
                name="referrals_gravity_in_grid",
                condition=models.Q(gravity=None) | models.Q(gravity__range=(0, 3)),
                violation_error_message=_("La gravité va de 0 à 3."),
            ),
            models.CheckConstraint(
                name="referrals_closed_was_told",
                condition=~models.Q(state="closed") | models.Q(feedback_at__isnull=False),
                violation_error_message=_("Un dossier clos a été suivi d'un retour à l'école."),
            ),
            models.CheckConstraint(
                name="referrals_draft_without_orders",
                condition=~models.Q(state="draft")
                | models.Q(acts_frozen_at=None, interviews_paused_at=None, closed_scope=0),
                violation_error_message=_("Le parquet ne suit pas encore ce dossier."),
            ),
        ]


class CaseKey(models.Model):
    """The key of a case, wrapped by its period's key. Dropping it shreds the case.

    ``number`` counts the keys that the case has had: each sealed value says by which one.
    """

    case = models.OneToOneField(
        Case, models.PROTECT, primary_key=True, related_name="key", db_column="case_id"
    )
    cell_id = models.IntegerField()
    bit = models.SmallIntegerField(default=-1)
    period_key_id = models.UUIDField()
    wrapped = models.BinaryField()
    number = models.SmallIntegerField(db_default=1)
    created_at = models.DateTimeField()
    viewers = ArrayField(models.IntegerField(), default=list, editable=False)
    editors = ArrayField(models.IntegerField(), default=list, editable=False)
    recheck_at = models.DateTimeField(default=FOREVER, editable=False)

    class Meta:
        db_table = "referrals_case_key"


class SearchCount(models.Model):
    """How often a person has asked for a pupil within an hour. Only a function touches it."""

    account_id = models.UUIDField(primary_key=True)
    began_at = models.DateTimeField()
    made = models.SmallIntegerField()

    class Meta:
        db_table = "referrals_search_count"


class ReferenceCounter(models.Model):
    """The last number given to a referral in a cell and year. Only a function touches it."""

    id = models.BigAutoField(primary_key=True)
    cell_id = models.IntegerField()
    year = models.SmallIntegerField()
    last = models.IntegerField()

    class Meta:
        db_table = "referrals_reference_counter"
        constraints = [
            models.UniqueConstraint(fields=["cell_id", "year"], name="referrals_counter_once")
        ]
