"""Gives the coming months their own partitions; the worker does the same every day."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections

from audit.tasks import MONTHS_AHEAD


class Command(BaseCommand):
    help = "Make the record's partitions for the coming months."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--ahead", type=int, default=MONTHS_AHEAD, help="how many months")

    def handle(self, *args: Any, ahead: int, **options: Any) -> None:
        with connections["operator"].cursor() as cursor:
            cursor.execute("SELECT audit.make_partitions(%s)", [ahead])
            made = cursor.fetchone()[0]
        self.stdout.write(f"{made} partitions made.")
