"""Periodic work on cases: only tidying, the database already refuses what has expired."""

from celery import shared_task
from django.db import connections

BATCH = 500


@shared_task(ignore_result=True, expires=60)
def sweep_expired_shares() -> int:
    """Mark shares that have ended by time as such; returns how many."""
    with connections["worker"].cursor() as cursor:
        cursor.execute("SELECT referrals.sweep(%s)", [BATCH])
        return int(cursor.fetchone()[0])
