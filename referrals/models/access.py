"""Who may see what: the grants, and the narrow list that drives every queue."""

from django.db import models

from kernel.clock import FOREVER


class Level(models.IntegerChoices):
    STUB = 1
    READ = 2
    COMMENT = 3
    CONTRIBUTE = 4
    STEER = 5


class Grant(models.Model):
    """A unit may see these compartments of a case until then. Written by triggers only."""

    id = models.UUIDField(primary_key=True)
    cell_id = models.IntegerField()
    case_id = models.UUIDField()
    unit_id = models.IntegerField()
    scope = models.IntegerField()
    level = models.SmallIntegerField(choices=Level)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    items_until = models.DateTimeField(default=FOREVER)
    share_id = models.UUIDField(null=True)

    class Meta:
        db_table = "referrals_grant"
        indexes = [
            models.Index(fields=["case_id", "unit_id"], name="referrals_grant_case"),
            models.Index(
                fields=["valid_until"],
                condition=models.Q(valid_until__lt=FOREVER),
                name="referrals_grant_ending",
            ),
        ]


class CaseAccess(models.Model):
    """One line per unit and case: the path of every list. Written by triggers only."""

    id = models.BigAutoField(primary_key=True)
    unit_id = models.IntegerField()
    case = models.ForeignKey("referrals.Case", models.DO_NOTHING, related_name="+", db_index=False)
    cell_id = models.IntegerField()
    sort_at = models.DateTimeField()
    scope = models.IntegerField()
    level = models.SmallIntegerField()
    valid_until = models.DateTimeField()

    class Meta:
        db_table = "referrals_case_access"
        constraints = [
            models.UniqueConstraint(fields=["case", "unit_id"], name="referrals_access_once")
        ]
