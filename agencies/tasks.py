"""Periodic work on proposals: only tidying, the database refuses what has waited too long."""

from celery import shared_task
from django.db import connections

BATCH = 500


@shared_task(ignore_result=True, expires=60)
def end_lapsed() -> int:
    """Mark what nobody confirmed in time as such and forget whom it was for; returns how many."""
    with connections["worker"].cursor() as cursor:
        cursor.execute("SELECT agencies.end_lapsed(%s)", [BATCH])
        return int(cursor.fetchone()[0])
