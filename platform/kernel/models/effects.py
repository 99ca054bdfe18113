"""Effects that must not be lost: the outbox, the inbox and answers already given."""

from django.db import models


class OutboxItem(models.Model):
    """One effect owed to one person through one channel, written with the change that causes it."""

    id = models.BigAutoField(primary_key=True)
    cell_id = models.IntegerField()
    event_id = models.UUIDField()
    recipient = models.UUIDField()
    channel = models.TextField()
    kind = models.TextField()
    subject_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.SmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    parked_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True, default="")

    class Meta:
        db_table = "kernel_outbox"
        constraints = [
            models.UniqueConstraint(
                fields=["event_id", "recipient", "channel"], name="kernel_outbox_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(done_at=None, parked_at=None),
                name="kernel_outbox_due",
            ),
            models.Index(
                fields=["done_at"],
                condition=models.Q(done_at__isnull=False),
                name="kernel_outbox_done",
            ),
        ]


class Notice(models.Model):
    """A line in a person's inbox: a kind and what it is about, never content."""

    id = models.BigAutoField(primary_key=True)
    cell_id = models.IntegerField()
    event_id = models.UUIDField()
    account_id = models.UUIDField()
    kind = models.TextField()
    subject_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "kernel_notice"
        constraints = [
            models.UniqueConstraint(fields=["event_id", "account_id"], name="kernel_notice_once")
        ]
        indexes = [models.Index(fields=["account_id", "-created_at"], name="kernel_notice_inbox")]


class SentOnce(models.Model):
    """A write that was already answered: the same key gives the same answer."""

    id = models.BigAutoField(primary_key=True)
    cell_id = models.IntegerField()
    seat_id = models.UUIDField()
    key = models.TextField()
    operation = models.TextField()
    body_digest = models.BinaryField()
    result_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "kernel_sent_once"
        constraints = [
            models.UniqueConstraint(
                fields=["cell_id", "seat_id", "key"], name="kernel_sent_once_key"
            )
        ]
        indexes = [models.Index(fields=["created_at"], name="kernel_sent_once_old")]
