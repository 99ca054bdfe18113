"""Periodic work of the kernel. Beat only asks what is due; the rows remember."""

from celery import shared_task

from kernel.outbox.relay import drain


@shared_task(ignore_result=True, acks_late=True, expires=30)
def drain_outbox() -> int:
    """Deliver what is owed. Safe to run twice, late or not at all: the rows stay."""
    return drain()
