"""What everybody in a cell promises, version by version, and who has promised it."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from kernel.ids import uuid7


class Charter(models.Model):
    """One version of a cell's charter: an edition of the common text, and what the cell adds.

    The newest version is the one that counts. The database numbers and dates it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell = models.ForeignKey("agencies.Cell", models.PROTECT, related_name="charters")
    version = models.IntegerField(db_default=0)
    edition = models.IntegerField()
    additions = models.TextField(blank=True, default="")
    adopted_by = models.UUIDField(null=True)
    adopted_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "agencies_charter"
        constraints = [
            models.UniqueConstraint(fields=["cell", "version"], name="agencies_charter_version"),
            models.CheckConstraint(
                name="agencies_charter_bounds",
                condition=models.Q(edition__gte=1, version__gte=1),
            ),
        ]


class CharterSignature(models.Model):
    """Somebody has signed a version, in one of their seats, with a factor shown a moment before."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell = models.ForeignKey("agencies.Cell", models.PROTECT, related_name="+")
    account_id = models.UUIDField()
    seat_id = models.UUIDField()
    version = models.IntegerField()
    signed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "agencies_charter_signature"
        constraints = [
            models.UniqueConstraint(
                fields=["cell", "account_id", "version"], name="agencies_charter_signed_once"
            )
        ]
