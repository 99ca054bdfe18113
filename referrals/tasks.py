"""Periodic work on cases: tidying what the database already refuses, telling what will end."""

from itertools import groupby

from celery import shared_task
from django.db import connections, transaction

from audit.recorder import record_system
from kernel.ids import uuid7
from kernel.outbox.enqueue import owe
from referrals import events
from referrals.documents.loose import delete_loose_files
from referrals.exporting.services.end import end_exports
from referrals.models.request import RequestState

BATCH = 500
PORTION, PORTIONS = 5_000, 200


@shared_task(ignore_result=True, expires=60)
def sweep_expired_shares() -> int:
    """Mark shares that have ended by time as such; returns how many. Forgets half-sent files."""
    with connections["worker"].cursor() as cursor:
        cursor.execute("SELECT referrals.forget_uploads(%s)", [BATCH])
        cursor.execute("SELECT referrals.sweep(%s)", [BATCH])
        return int(cursor.fetchone()[0])


@shared_task(ignore_result=True, acks_late=True, expires=60)
def keep_share_reads() -> int:
    """Keep which readings of cases were by which share; returns how many entries were looked at.

    Safe to run twice, late, not at all, or to be killed: whoever reads the findings asks for the
    rest.
    """
    looked = 0
    for _portion in range(PORTIONS):
        with transaction.atomic(using="worker"), connections["worker"].cursor() as cursor:
            cursor.execute("SELECT referrals.keep_share_reads(%s)", [PORTION])
            more: int = cursor.fetchone()[0]
        looked += more
        if more < PORTION:
            break
    return looked


@shared_task(ignore_result=True, expires=60)
def tidy_emergency_accesses() -> int:
    """Put away emergency accesses that have ended by time; returns how many."""
    with connections["worker"].cursor() as cursor:
        cursor.execute("SELECT referrals.tidy_glass(%s)", [BATCH])
        return int(cursor.fetchone()[0])


@shared_task(ignore_result=True, expires=60)
def announce_endings() -> int:
    """Tell both sides of each share that ends within a week, once; returns how many shares."""
    with transaction.atomic(using="worker"):
        with connections["worker"].cursor() as cursor:
            cursor.execute("SELECT * FROM referrals.due_reminders(%s)", [BATCH])
            due = sorted(cursor.fetchall())
        told = 0
        for (_share, cell_id, case_id), lines in groupby(due, key=lambda line: line[:3]):
            owe(
                connections["worker"],
                cell_id=cell_id,
                event_id=uuid7(),
                kind="share.ending",
                recipients=[account for *_about, account in lines],
                subject_id=case_id,
            )
            told += 1
    return told


@shared_task(ignore_result=True, expires=60)
def lapse_requests() -> int:
    """Mark requests that waited too long for an answer as such; returns how many."""
    with transaction.atomic(using="worker"), connections["worker"].cursor() as cursor:
        cursor.execute("SELECT which, in_cell, about FROM referrals.lapse_requests(%s)", [BATCH])
        lapsed = cursor.fetchall()
        for which, in_cell, about in lapsed:
            record_system(
                events.REQUEST_LAPSED,
                using="worker",
                cell_id=in_cell,
                case_id=about,
                request=which,
                before=RequestState.OPEN,
                after=RequestState.LAPSED,
            )
    return len(lapsed)


@shared_task(ignore_result=True, expires=60)
def delete_ended_exports() -> int:
    """Delete the files whose time is over or whose reader has lost the right; returns how many."""
    return end_exports(BATCH)


@shared_task(ignore_result=True, expires=60)
def delete_files() -> int:
    """Delete the files that nothing needs any more; returns of how many documents and exports."""
    return delete_loose_files(BATCH)
