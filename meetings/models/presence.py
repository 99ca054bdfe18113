"""Who was in the room, from when to when."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from kernel.clock import FOREVER
from meetings.models.meeting import Meeting


class Presence(models.Model):
    """One visit of one open page. A person with two pages open is there once, twice noted.

    ``seen_at`` moves on while the page is open: a visit that the server could not end, because
    it was killed, is over when it has not been seen for a while.
    """

    id = models.UUIDField(primary_key=True)
    cell_id = models.IntegerField()
    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="+")
    seat_id = models.UUIDField()
    display_name = models.TextField()
    agency_name = models.TextField()
    joined_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    viewers = ArrayField(models.IntegerField(), default=list, editable=False)
    recheck_at = models.DateTimeField(default=FOREVER, editable=False)

    class Meta:
        db_table = "meetings_presence"
        indexes = [
            models.Index(
                fields=["meeting"],
                condition=models.Q(left_at=None),
                name="meetings_still_there",
            )
        ]
