"""Periodic work of the record."""

from celery import shared_task
from django.db import connections, transaction

MONTHS_AHEAD = 12


@shared_task(ignore_result=True, acks_late=True)
def make_partitions() -> int:
    """Give the coming months their own partitions. Safe to run twice, late, or not for months."""
    with transaction.atomic(using="worker"), connections["worker"].cursor() as cursor:
        cursor.execute("SELECT audit.make_partitions(%s)", [MONTHS_AHEAD])
        made: int = cursor.fetchone()[0]
    return made
