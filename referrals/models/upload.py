"""A file on its way: its parts, each sealed as it came, until the last one is there."""

from django.db import models

from kernel.ids import uuid7
from referrals.models.case import Case


class Upload(models.Model):
    """A file that one seat is sending for one case. Nobody else knows of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell_id = models.IntegerField()
    case = models.ForeignKey(Case, models.PROTECT, related_name="+", db_index=False)
    seat_id = models.UUIDField()
    size = models.IntegerField()
    received = models.IntegerField(default=0)
    parts = models.SmallIntegerField(default=0)
    file_key = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        db_table = "referrals_upload"
        indexes = [
            models.Index(fields=["seat_id"], name="referrals_upload_seat"),
            models.Index(fields=["created_at"], name="referrals_upload_old"),
        ]


class UploadPart(models.Model):
    """One part of a file on its way, sealed under the key of the upload."""

    id = models.BigAutoField(primary_key=True)
    cell_id = models.IntegerField()
    upload = models.ForeignKey(Upload, models.CASCADE, related_name="+", db_index=False)
    seat_id = models.UUIDField()
    number = models.SmallIntegerField()
    sealed = models.BinaryField()

    class Meta:
        db_table = "referrals_upload_part"
        constraints = [
            models.UniqueConstraint(fields=["upload", "number"], name="referrals_upload_part_once")
        ]
