"""The process that verifies the whole record again and again, with the auditor role's rights."""

import logging
import signal
import threading
import time
from argparse import ArgumentParser
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
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


@dataclass(slots=True)
class Round:
    """One time through the logs, and how far it is, also when the database was out of reach."""

    begun_at: float = field(default_factory=time.monotonic)
    tried: set[int] = field(default_factory=set)
    """The cells whose log had its turn."""
    again: set[int] = field(default_factory=set)
    """Those that lost their connection on it: they have one more turn, behind all others."""
    done: int = 0
    skipped: int = 0

    def turns(self, cells: Set[int]) -> list[int]:
        """The cells that still have a turn, in its order."""
        return [*sorted(cells - self.tried), *sorted(cells & self.again)]


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
        try:
            if once:
                _verify_all(cell, tried := Round())
                self.stdout.write(f"{tried.done} logs verified.")
                if tried.skipped:
                    raise CommandError(f"{tried.skipped} logs could not be verified.")
            else:
                _watch(cell, interval)
        except psycopg.errors.InsufficientPrivilege as missing:
            raise CommandError(f"The watch lacks a right in the database: {missing}") from missing


def _watch(only: int | None, interval: float) -> None:
    """Verify again and again, until a signal. A right that is missing ends it: that stays so."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    tried = Round()
    while not stop.is_set():
        try:
            _verify_all(only, tried, stop)
        except psycopg.errors.InsufficientPrivilege:
            raise
        except psycopg.Error as lost:
            logger.warning("No log can be read now, trying again: %s", lost)
            stop.wait(LOST)
            if time.monotonic() - tried.begun_at > interval:
                # What was verified before that is due again.
                tried = Round()
        else:
            tried = Round()
            stop.wait(interval)


def _verify_all(only: int | None, tried: Round, stop: threading.Event | None = None) -> None:
    """Verify each log, or only one, and keep the result, from where this round has come to.

    Behind a log that has closed the connection it goes on with a new one, and comes back to it
    once. Raises what keeps it from every log, and holds that against none.
    """
    while _lost_on_the_way(only, tried, stop):
        pass


def _lost_on_the_way(only: int | None, tried: Round, stop: threading.Event | None) -> bool:
    with log.connect("auditor") as connection:
        known = log.known_cells(connection)
        for cell_id in tried.turns(known if only is None else known & {only}):
            if stop is not None and stop.is_set():
                break
            last = cell_id in tried.again
            tried.tried.add(cell_id)
            tried.again.discard(cell_id)
            try:
                report, standing_at = _verified(connection, cell_id)
            except psycopg.errors.InsufficientPrivilege:
                raise
            except Exception as trouble:
                if connection.closed and not last:
                    logger.warning("Cell %s loses its connection: %s", cell_id, trouble)
                    tried.again.add(cell_id)
                    return True
                # That one stays unverified, which becomes an alarm; the others do not.
                logger.exception("The log of cell %s could not be verified", cell_id)
                tried.skipped += 1
                if connection.closed:
                    return True
                continue
            tried.done += 1
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
    return False


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
