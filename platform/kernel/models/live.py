"""Numbered events: the truth of a room. The channel layer is only its doorbell."""

from django.db import models


class LiveRoom(models.Model):
    """The last number given out in a room."""

    room = models.TextField(primary_key=True)
    cell_id = models.IntegerField()
    last_seq = models.BigIntegerField(default=0)

    class Meta:
        db_table = "kernel_live_room"


class LiveEvent(models.Model):
    """Something changed: a kind and an id. Who hears it looks the rest up with their own rights."""

    id = models.BigAutoField(primary_key=True)
    cell_id = models.IntegerField()
    room = models.TextField()
    seq = models.BigIntegerField()
    kind = models.TextField()
    subject_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "kernel_live_event"
        constraints = [
            models.UniqueConstraint(fields=["cell_id", "room", "seq"], name="kernel_live_seq")
        ]
        indexes = [models.Index(fields=["at"], name="kernel_live_event_old")]
