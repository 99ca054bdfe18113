"""The token of an agency's own system."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from kernel.ids import uuid7


class Token(models.Model):
    """What a system of an agency may call, until when, and the digest of its secret.

    The secret itself is shown once and kept nowhere. Only the sign-in role reads the digest's
    row to admit a call, and only a function of the database writes one.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell_id = models.IntegerField()
    agency_id = models.UUIDField()
    seat = models.OneToOneField("agencies.Membership", models.PROTECT, related_name="+")
    called = models.TextField()
    shown = models.TextField()
    secret_digest = models.BinaryField(unique=True, max_length=32)
    may = ArrayField(models.TextField())
    networks = ArrayField(models.TextField(), default=list)
    created_by = models.UUIDField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    window_started_at = models.DateTimeField(null=True)
    window_calls = models.IntegerField(default=0)

    class Meta:
        db_table = "agencies_token"
        constraints = [
            models.CheckConstraint(
                name="agencies_token_known_scope",
                condition=models.Q(
                    may__contained_by=[
                        "cases.read",
                        "shares.read",
                        "shares.answer",
                        "measures.done",
                        "meetings.read",
                        "record.witness",
                    ],
                    may__len__gte=1,
                ),
            ),
        ]
        indexes = [models.Index(fields=["cell_id", "agency_id"], name="agencies_token_where")]
