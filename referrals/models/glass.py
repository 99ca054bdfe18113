"""The broken glass: somebody opens a case to themselves for three hours, and answers for it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from referrals.models.case import Case


class Conclusion(models.TextChoices):
    JUSTIFIED = "justified", _("Justifié")
    FOLLOW_UP = "follow_up", _("À reprendre avec le service")
    UNJUSTIFIED = "unjustified", _("Non justifié")


class Emergency(models.TextChoices):
    """What cannot wait, as people say it: a code for the record, which holds no text of theirs.

    None of them says anything about the health or the family of a pupil.
    """

    DANGER = "danger", _("Un élève est en danger en ce moment")
    INTERVENTION = "intervention", _("Une intervention est en cours ou part à l'instant")
    IN_PERSON = "in_person", _("Un élève ou sa famille attend une réponse sur place")
    DEADLINE = "deadline", _("Une décision doit être prise aujourd'hui")
    UNREACHABLE = "unreachable", _("La coordination ne répond pas et le dossier ne peut attendre")


class Glass(models.Model):
    """One emergency access. Only functions of the database write here.

    ``emergency`` is the code of what pressed, empty where none was asked yet. ``reason``, in one's
    own words, is sealed under the case's key; ``told`` are the units of those who steer the case;
    ``stands_for`` are all units of who opened it: what is kept from them stays so.
    """

    id = models.UUIDField(primary_key=True)
    cell_id = models.IntegerField()
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    seat_id = models.UUIDField()
    account_id = models.UUIDField()
    unit_id = models.IntegerField()
    stands_for = ArrayField(models.IntegerField())
    by_name = models.TextField()
    by_agency = models.TextField()
    scope = models.IntegerField()
    emergency = models.TextField(choices=Emergency, blank=True, default="")
    reason = models.BinaryField(null=True)
    told = ArrayField(models.IntegerField())
    opened_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    conclusion = models.TextField(choices=Conclusion, blank=True, default="")
    concluded_by = models.UUIDField(null=True)
    concluded_name = models.TextField(blank=True, default="")
    concluded_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "referrals_glass"
        constraints = [
            models.CheckConstraint(
                name="referrals_glass_three_hours",
                condition=models.Q(ends_at__gte=models.F("opened_at")),
                violation_error_message=_("Un accès d'urgence se termine après avoir commencé."),
            ),
        ]
        indexes = [
            models.Index(fields=["cell_id", "-opened_at"], name="referrals_glass_week"),
            models.Index(fields=["case"], name="referrals_glass_case"),
        ]


class GlassAsk(models.Model):
    """What somebody has asked to open, on record before it is answered; written by a function.

    One that has opened nothing has no ``Glass`` of the same number.
    """

    id = models.UUIDField(primary_key=True)
    cell_id = models.IntegerField()
    account_id = models.UUIDField()
    seat_id = models.UUIDField()
    by_name = models.TextField()
    by_agency = models.TextField()
    reference = models.CharField(max_length=40)
    scope = models.IntegerField()
    asked_at = models.DateTimeField()
    asked_in = models.BigIntegerField()

    class Meta:
        db_table = "referrals_glass_ask"
        indexes = [
            models.Index(fields=["account_id", "-asked_at"], name="referrals_glass_asked"),
        ]
