"""What is decided, done and told: measures, feedback to the school, and the case's milestones."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from kernel.clock import FOREVER
from kernel.ids import uuid7
from referrals.models.case import Case


class MeasureKind(models.TextChoices):
    TRUSTED_ADULT = "trusted_adult", _("Adulte référent pour l'élève")
    SUPERVISION = "supervision", _("Surveillance renforcée")
    TIMETABLE = "timetable", _("Aménagement des lieux et des horaires")
    SHARED_CONCERN = "shared_concern", _("Entretiens de préoccupation partagée")
    DISCIPLINARY = "disciplinary", _("Procédure disciplinaire")
    JOINT_CONVOCATION = "joint_convocation", _("Convocation par la cellule")
    PSYCHOLOGICAL_CARE = "psychological_care", _("Soutien psychologique")
    LEGAL_SUPPORT = "legal_support", _("Information juridique et aide à la plainte")
    COMPLAINT = "complaint", _("Recueil de plainte")
    CONTENT_REMOVAL = "content_removal", _("Retrait de contenus en ligne (3018)")
    FAMILY_SUPPORT = "family_support", _("Accompagnement de la famille")
    PREVENTION = "prevention", _("Séance de prévention")
    REASSIGNMENT = "reassignment", _("Changement d'établissement")
    OTHER = "other", _("Autre mesure")


class MeasureState(models.TextChoices):
    PLANNED = "planned", _("Prévue")
    DONE = "done", _("Faite")
    CANCELLED = "cancelled", _("Abandonnée")


class FeedbackCode(models.TextChoices):
    RECEIVED = "received", _("Dossier reçu et suivi par la cellule")
    TAKEN = "taken", _("Prise en charge par la cellule")
    MEASURES = "measures", _("Mesures mises en œuvre")
    INVESTIGATION = "investigation", _("Suites judiciaires en cours")
    SCHOOL_LEVEL = "school_level", _("À poursuivre par l'équipe ressource")
    REDIRECTED = "redirected", _("Transmis à un autre service")
    ENDED = "ended", _("La cellule met fin à son suivi")


class Measure(models.Model):
    """Something one agency will do by a date. Its owner sees it, with those who share the work."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell_id = models.IntegerField()
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    bit = models.SmallIntegerField(default=10)
    kind = models.TextField(choices=MeasureKind)
    note = models.BinaryField()
    owner_unit = models.IntegerField()
    owner_name = models.TextField()
    due_on = models.DateField()
    state = models.TextField(choices=MeasureState, default=MeasureState.PLANNED)
    decided_by = models.UUIDField()
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    viewers = ArrayField(models.IntegerField(), default=list, editable=False)
    editors = ArrayField(models.IntegerField(), default=list, editable=False)
    recheck_at = models.DateTimeField(default=FOREVER, editable=False)

    class Meta:
        db_table = "referrals_measure"
        indexes = [models.Index(fields=["cell_id", "case"], name="referrals_measure_case")]


class Feedback(models.Model):
    """What the school is told, in codes: art. 40-2 CPP asks for it, and nothing judicial leaks."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell_id = models.IntegerField()
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    bit = models.SmallIntegerField(default=11)
    code = models.TextField(choices=FeedbackCode)
    contact_name = models.TextField()
    next_check_on = models.DateField(null=True)
    sent_by = models.UUIDField()
    created_at = models.DateTimeField()
    viewers = ArrayField(models.IntegerField(), default=list, editable=False)
    editors = ArrayField(models.IntegerField(), default=list, editable=False)
    recheck_at = models.DateTimeField(default=FOREVER, editable=False)

    class Meta:
        db_table = "referrals_feedback"
        indexes = [models.Index(fields=["cell_id", "case"], name="referrals_feedback_case")]


class Milestone(models.Model):
    """A line of the timeline: what happened, when, by whom. Seen by who may see its compartment."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell_id = models.IntegerField()
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    bit = models.SmallIntegerField()
    kind = models.TextField()
    detail = models.TextField(blank=True, default="")
    by_name = models.TextField()
    by_agency = models.TextField()
    created_at = models.DateTimeField()
    viewers = ArrayField(models.IntegerField(), default=list, editable=False)
    editors = ArrayField(models.IntegerField(), default=list, editable=False)
    recheck_at = models.DateTimeField(default=FOREVER, editable=False)

    class Meta:
        db_table = "referrals_milestone"
        indexes = [
            models.Index(fields=["cell_id", "case", "created_at"], name="referrals_milestone_case")
        ]
