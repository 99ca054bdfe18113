"""The sealer's process: seals what has settled, a few times a second, until it is told to stop."""

import logging
import signal
import threading
import time
from argparse import ArgumentParser
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError

from audit import keys, log, memory
from audit.growing import LogDamaged
from audit.sealer import CannotSeal, Sealer

logger = logging.getLogger("audit.sealer")
STAND_BY = 5.0
BEAT = 1.0
"""Seconds between two beats of the heart that everybody watches."""


class Command(BaseCommand):
    help = "Seal the record: order, hash and sign what has been committed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="seal what has settled, then stop")
        parser.add_argument(
            "--readmit", type=int, metavar="CELL", help="go on with a cell whose log was repaired"
        )
        parser.add_argument(
            "--accept-loss",
            type=int,
            metavar="CELL",
            help="go on with a cell of which an older copy was restored on purpose",
        )
        parser.add_argument("--interval", type=float, default=0.2, help="seconds between batches")

    def handle(
        self,
        *args: Any,
        once: bool,
        readmit: int | None,
        accept_loss: int | None,
        interval: float,
        **options: Any,
    ) -> None:
        if memory.memory() is None:
            logger.warning("REMPART_LOG_MEMORY is not set: an older copy would go unnoticed.")
        if once or readmit is not None or accept_loss is not None:
            self._once(readmit, accept_loss)
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        while not stop.is_set():
            try:
                self._work(stop, interval)
            except psycopg.OperationalError as lost:
                logger.warning("The database is out of reach, trying again: %s", lost)
                stop.wait(1.0)
            except psycopg.errors.UniqueViolation:
                logger.warning("Another sealer wrote first, beginning again from what is stored.")
                stop.wait(1.0)
            except CannotSeal as reason:
                raise CommandError(str(reason)) from None

    def _once(self, readmit: int | None, accept_loss: int | None) -> None:
        with log.connect("sealer") as connection:
            sealer = _sealer(connection)
            if not sealer.takes_over():
                self.stdout.write("Another sealer is at work.")
                return
            taken = 0
            try:
                if accept_loss is not None:
                    lost = sealer.accept_loss(accept_loss)
                    self.stdout.write(
                        f"Cell {accept_loss} goes on, {lost} entries are lost. Copies of them"
                        " contradict the log for good: two people set those aside on a page of it,"
                        " /journal/copies/."
                    )
                if readmit is not None:
                    taken += sealer.readmit(readmit)
                while batch := sealer.seal():
                    taken += batch
            except (CannotSeal, LogDamaged) as reason:
                raise CommandError(str(reason)) from None
        self.stdout.write(f"{taken} entries sealed.")
        if sealer.damaged:
            named = ", ".join(map(str, sorted(sealer.damaged)))
            raise CommandError(f"LOG DAMAGED: nothing more is signed for cell {named}.")

    def _work(self, stop: threading.Event, interval: float) -> None:
        with log.connect("sealer") as connection:
            sealer = _sealer(connection)
            while not sealer.takes_over():
                if stop.wait(STAND_BY):
                    return
            logger.info("Sealing every %s s.", interval)
            beaten = -BEAT
            while not stop.is_set():
                began = time.monotonic()
                taken = sealer.seal()
                if began - beaten >= BEAT:
                    sealer.beat()
                    beaten = began
                if taken < sealer.batch:
                    stop.wait(max(0.0, interval - (time.monotonic() - began)))


def _sealer(connection: log.Connection) -> Sealer:
    """With the key that signs now, whichever of the file's that is."""
    key = keys.signing_key(keys.chain(connection))
    return Sealer(connection, key, memory=memory.memory())
