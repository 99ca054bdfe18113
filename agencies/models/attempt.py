"""What is remembered of failed sign-ins, without saying whose they were."""

from __future__ import annotations

from django.db import models


class Attempt(models.Model):
    """A counter under a keyed digest of an account, an address or both.

    `known_until` marks an address from which that account has signed in before: the digest covers
    the pair, so the table names neither. `refused_until` says of which closed time a refusal is in
    the record already.
    """

    key = models.BinaryField(primary_key=True, max_length=32)
    failures = models.IntegerField(default=0)
    window_ends = models.DateTimeField()
    blocked_until = models.DateTimeField(null=True)
    refused_until = models.DateTimeField(null=True)
    known_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "agencies_attempt"
        indexes = [models.Index(fields=["window_ends"], name="agencies_attempt_old")]
