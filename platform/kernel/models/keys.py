"""Period keys: one per cell and retention year, wrapped by the root key."""

from django.db import models


class PeriodKey(models.Model):
    """Wraps the case keys of one cell and one retention year; the latest generation does.

    Destroying it makes every case of the period unreadable, in backups too once the root key that
    wrapped it has been replaced and destroyed.
    """

    id = models.UUIDField(primary_key=True)
    cell_id = models.IntegerField()
    period = models.TextField()
    generation = models.SmallIntegerField(db_default=1)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "kernel_period_key"
        constraints = [
            models.UniqueConstraint(
                fields=["cell_id", "period", "generation"], name="kernel_period_key_once"
            )
        ]
