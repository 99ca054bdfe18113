"""Periodic work of the record."""

import logging
from collections.abc import Callable, Mapping

from celery import shared_task
from django.db import Error, connections, transaction

from audit.alarms import raise_alarms
from audit.desk.exporting.end import end_exports
from audit.keeping import carrying
from audit.sql.health import KEPT, UNCOUNTED_HOURS
from audit.witnessing.services import set_aside
from kernel.health import probes

logger = logging.getLogger("audit.tasks")
MONTHS_AHEAD = 12
PORTION, PORTIONS = 5_000, 40
LINES, TIMES = 500, 100
"""So many lines of the tally at once: about as many people and days are asked of the record."""
EXPORTS = 500
GONE_HOURS = UNCOUNTED_HOURS // 2
"""What no worker has counted for so long is gone, well before anybody is told that it is late."""


@shared_task(ignore_result=True, acks_late=True)
def make_partitions() -> int:
    """Give the coming months their own partitions. Safe to run twice, late, or not for months."""
    with transaction.atomic(using="worker"), connections["worker"].cursor() as cursor:
        cursor.execute("SELECT audit.make_partitions(%s)", [MONTHS_AHEAD])
        made: int = cursor.fetchone()[0]
    return made


@shared_task(ignore_result=True, acks_late=True, expires=30)
def count_entries() -> int:
    """Bring the tally of the record up to what is sealed. Safe to run twice, late or not at all."""
    counted = 0
    for _portion in range(PORTIONS):
        with transaction.atomic(using="worker"), connections["worker"].cursor() as cursor:
            cursor.execute("SELECT audit.count_on(%s)", [PORTION])
            more: int = cursor.fetchone()[0]
        counted += more
        if not more:
            _came_through("kept.tally")
            break
    return counted


@shared_task(ignore_result=True, acks_late=True, expires=60)
def keep_findings() -> int:
    """Look through what has been counted since for bulk reading, and keep what is found.

    Returns how many lines of the tally were new; none while another worker is at it. Safe to run
    twice, late, not at all, or to be killed: whoever reads the findings asks for the rest.
    """
    looked = 0
    for _portion in range(TIMES):
        with transaction.atomic(using="worker"), connections["worker"].cursor() as cursor:
            cursor.execute("SELECT audit.keep_found(%s)", [LINES])
            more: int = cursor.fetchone()[0]
        if more < 0:
            break
        looked += more
        if more < LINES:
            _came_through("kept.findings")
            break
    return looked


@shared_task(ignore_result=True, expires=600)
def send_checkpoints() -> int:
    """Owe each agency's leads today's letter with the newest checkpoint; how many it was still due.

    Safe to run twice, late, or not for a day: what is owed for a day is owed once.
    """
    with transaction.atomic(using="worker"), connections["worker"].cursor() as cursor:
        cursor.execute("SELECT audit.owe_checkpoints()")
        owed: int = cursor.fetchone()[0]
    return owed


@shared_task(ignore_result=True, expires=30)
def watch_record() -> int:
    """Tell of what is not well with the record; how many alarms there are. Safe to run twice."""
    return raise_alarms()


@shared_task(ignore_result=True, expires=600)
def count_probes() -> int:
    """Count what takes long to count, and keep it by cell; how many cells have any of it.

    What cannot be counted keeps its last figure and its age, and the others are counted.
    """
    return count_those()


def count_those(*names: str) -> int:
    """Count the probes of these names; without any, everything that anybody has declared."""
    declared, told = probes(), 0
    if not names:
        _nothing_but([*sorted(declared), *KEPT])
    for name, ask in sorted(declared.items()):
        if names and name not in names:
            continue
        try:
            told += _counted(name, ask)
        except Error:
            logger.exception("The probe %s could not be counted", name)
    return told


def _came_through(name: str) -> None:
    """Note that nothing is left to do for now; once a minute is enough to say when it stopped."""
    with transaction.atomic(using="worker"), connections["worker"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_gauge AS g (cell_id, name, value) VALUES (0, %s, 0)"
            " ON CONFLICT (cell_id, name) DO UPDATE SET at = excluded.at"
            " WHERE g.at < excluded.at - interval '1 minute'",
            [name],
        )


def _nothing_but(declared: list[str]) -> None:
    """Forget what nobody has counted for hours; what was never counted is as old as time.

    So nobody waits for a probe that is gone, and nobody takes a new one for nothing found. What
    this release does not know another one may be counting: no alarm ends by that, and what was
    never counted stays for as long.
    """
    with transaction.atomic(using="worker"), connections["worker"].cursor() as cursor:
        cursor.execute(
            "DELETE FROM audit_gauge WHERE name <> ALL (%s)"
            " AND coalesce(nullif(at, to_timestamp(0)), since)"
            " < clock_timestamp() - make_interval(hours => %s)",
            [declared, GONE_HOURS],
        )
        cursor.execute(
            "INSERT INTO audit_gauge (cell_id, name, value, at)"
            " SELECT 0, name, 0, to_timestamp(0) FROM unnest(%s::text[]) AS name"
            " ON CONFLICT DO NOTHING",
            [declared],
        )


def _counted(name: str, ask: Callable[[], Mapping[int, float]]) -> int:
    with transaction.atomic(using="worker"), connections["worker"].cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '80s'")
        found = ask()
        cursor.execute("DELETE FROM audit_gauge WHERE name = %s", [name])
        # Cell 0 is nobody's: the figure of a house in which nothing of it is found.
        for cell_id, value in {0: 0.0, **found}.items():
            cursor.execute(
                "INSERT INTO audit_gauge (cell_id, name, value) VALUES (%s, %s, %s)"
                " ON CONFLICT (cell_id, name) DO UPDATE SET value = excluded.value,"
                " at = excluded.at",
                [cell_id, name, value],
            )
    return len(found)


@shared_task(ignore_result=True, expires=60)
def carry_out_purges() -> int:
    """Go on with the purges that two people have signed; returns how many came to their end.

    Gives up the proposals that nobody signed, also of copies to set aside. Safe to run twice, late,
    or to be killed.
    """
    carrying.lapse()
    done = carrying.carry_out()
    set_aside.lapse()
    return done


@shared_task(ignore_result=True, expires=3600)
def drop_empty_partitions() -> int:
    """Drop the months of which a purge has left nothing; returns how many."""
    with transaction.atomic(using="worker"), connections["worker"].cursor() as cursor:
        cursor.execute("SELECT audit.drop_empty()")
        dropped: int = cursor.fetchone()[0]
    return dropped


@shared_task(ignore_result=True, expires=60)
def delete_ended_exports() -> int:
    """Delete the files of the record whose time is over; returns how many."""
    return end_exports(EXPORTS)
