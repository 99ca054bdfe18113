"""A question put to somebody's passkey, which can be answered once."""

from __future__ import annotations

from django.db import models

from kernel.ids import uuid7


class Ceremony(models.Model):
    """A challenge that was sent to a browser. Its row is deleted by the answer that uses it."""

    class Purpose(models.TextChoices):
        SHOW = "show"
        ENROL = "enrol"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    account_id = models.UUIDField(null=True)
    purpose = models.TextField(choices=Purpose)
    state = models.JSONField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "agencies_ceremony"
        indexes = [models.Index(fields=["expires_at"], name="agencies_ceremony_old")]
