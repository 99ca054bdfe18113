"""Begins a new epoch of the record, after a dump was restored into a new cluster.

Transaction numbers begin again there. Entries are ordered by epoch first, so the new ones come
after the old ones all the same. Run it before anybody writes; without it the sealer refuses to
work and says so.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections, transaction

from audit import events
from audit.recorder import record_system

LARGEST = 32_000


class Command(BaseCommand):
    help = "Show the record's epoch, or begin the next one after a restore into a new cluster."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--next", action="store_true", dest="begin", help="begin the next one")

    def handle(self, *args: Any, begin: bool, **options: Any) -> None:
        with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
            if begin:
                # One after the other: two at once would begin the same epoch twice.
                cursor.execute("LOCK TABLE audit_entry IN ACCESS EXCLUSIVE MODE")
            cursor.execute(
                "SELECT substring(pg_get_expr(adbin, adrelid) FROM '[0-9]+')::int"
                " FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum"
                " WHERE adrelid = 'audit_entry'::regclass AND attname = 'epoch'"
            )
            epoch = int(cursor.fetchone()[0])
            if begin:
                if epoch >= LARGEST:
                    raise CommandError("There are no epochs left.")
                epoch += 1
                cursor.execute("ALTER TABLE audit_entry ALTER epoch SET DEFAULT %s", [epoch])
                # The first entry of the new epoch says that it is one: both, or neither.
                record_system(events.EPOCH_BEGUN, using="owner", cell_id=0, epoch=epoch)
        self.stdout.write(f"Epoch {epoch}.")
