"""Periodic work of the kernel. Beat only asks what is due; the rows remember."""

from celery import shared_task
from django.db import connections

from kernel.outbox.relay import do_work, drain

BATCH = 5000


@shared_task(ignore_result=True, acks_late=True, expires=30)
def drain_outbox() -> int:
    """Deliver what is owed. Safe to run twice, late or not at all: the rows stay."""
    return drain()


# A large file takes its minutes on a busy machine, and says all the while that it goes on.
@shared_task(ignore_result=True, acks_late=True, expires=30, soft_time_limit=1080, time_limit=1110)
def do_owed_work() -> int:
    """Do what was asked for and takes longer than a request. Safe to run twice, late or not."""
    return do_work()


@shared_task(ignore_result=True, expires=300)
def forget_what_is_old() -> int:
    """Remove what has served its purpose, a batch of each kind; returns how many rows went."""
    with connections["worker"].cursor() as cursor:
        cursor.execute("SELECT kernel.forget(%s)", [BATCH])
        return int(cursor.fetchone()[0])
