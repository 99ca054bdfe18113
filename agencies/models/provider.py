"""What is remembered of a sign-in through an identity provider, before and after."""

from __future__ import annotations

from django.db import models

from kernel.clock import now


class ProviderFlow(models.Model):
    """Somebody on their way to the provider. Deleted by the first return, so it serves once.

    Neither the state nor anything derived from it is stored: who steals this table can return
    from nowhere.
    """

    state_hash = models.BinaryField(primary_key=True, max_length=32)
    browser = models.BinaryField(max_length=32)
    purpose = models.TextField()
    account_id = models.UUIDField(null=True)
    target = models.TextField()
    started_at = models.DateTimeField(default=now)
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "agencies_provider_flow"


class ProviderSession(models.Model):
    """Which live session was opened through which identity; it goes when the session goes.

    `hint` is the id_token, sealed with a key outside the database: it is given back to the
    provider at sign-out, and to nobody else.
    """

    token_hash = models.BinaryField(primary_key=True)
    identity = models.ForeignKey("agencies.Identity", models.CASCADE, related_name="sessions")
    idp_id = models.TextField()
    sid_hash = models.BinaryField(null=True, db_index=True)
    hint = models.BinaryField()
    end_session = models.TextField(blank=True, default="")

    class Meta:
        db_table = "agencies_provider_session"


class ProviderSpent(models.Model):
    """Digests of sign-out messages that were obeyed, and of provider sessions that are over."""

    key = models.BinaryField(primary_key=True, max_length=32)
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "agencies_provider_spent"
