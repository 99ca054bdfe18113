"""The process that verifies the whole record again and again, with the auditor role's rights."""

import logging
import signal
import threading
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError

from audit import keys, log
from audit.checkpoint import BadNote
from audit.verification import Report, verify
from audit.verified import keep, standing

logger = logging.getLogger("audit.watch")
INTERVAL = 3600.0
LOST = 10.0
"""Seconds to wait when the database is out of reach."""


class Command(BaseCommand):
    help = "Verify every log of the record from time to time and keep what is found."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="verify everything once, then stop")
        parser.add_argument("--cell", type=int, metavar="NUMBER", help="only this cell's log")
        parser.add_argument(
            "--interval",
            type=float,
            default=INTERVAL,
            help=f"seconds between two verifications (default: {INTERVAL:.0f})",
        )

    def handle(
        self, *args: Any, once: bool, cell: int | None, interval: float, **options: Any
    ) -> None:
        if once:
            done, skipped = _verify_all(cell)
            self.stdout.write(f"{done} logs verified.")
            if skipped:
                raise CommandError(f"{skipped} logs could not be verified.")
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        while not stop.is_set():
            try:
                _verify_all(cell, stop)
            except psycopg.Error as lost:
                logger.warning("The database is out of reach, trying again: %s", lost)
                stop.wait(LOST)
            else:
                stop.wait(interval)


def _verify_all(only: int | None, stop: threading.Event | None = None) -> tuple[int, int]:
    """Verify each log, or only one, and keep the result; how many were, and how many could not be.

    Raises what has closed the connection: nothing more is verified without it.
    """
    done = skipped = 0
    with log.connect("auditor") as connection:
        known = log.known_cells(connection)
        for cell_id in sorted(known if only is None else known & {only}):
            if stop is not None and stop.is_set():
                break
            try:
                report, standing_at = _verified(connection, cell_id)
            except Exception:
                if connection.closed:
                    raise
                # That one stays unverified, which becomes an alarm; the others do not.
                logger.exception("The log of cell %s could not be verified", cell_id)
                skipped += 1
                continue
            done += 1
            if not report.clean:
                logger.critical(
                    "LOG DAMAGED, cell %s: %s findings. Run: manage audit_verify",
                    cell_id,
                    len(report.findings),
                )
            elif standing_at:
                logger.critical(
                    "ALARM STANDS, cell %s: copies of %s entries. Run: manage audit_verify",
                    cell_id,
                    ", ".join(map(str, standing_at)),
                )
    return done, skipped


def _verified(connection: log.Connection, cell_id: int) -> tuple[Report, list[int]]:
    """What is found in one log, and kept; a broken chain of keys is a finding in each.

    With the sizes of the copies about which an alarm stands, also where nothing was found.
    """
    try:
        known: Sequence[keys.Link] = keys.chain(connection)
    except BadNote:
        # Nothing that is signed can be believed: judged without any key, all of it is found.
        known = ()
    copies = standing(connection, cell_id, known)
    report = verify(connection, cell_id, known, against=[copy.said for copy in copies])
    return report, keep(connection, report, copies)
