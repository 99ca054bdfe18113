"""Prints the public half of the log's key: what everybody but the sealer needs."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from audit import keys
from audit.checkpoint import verifier_line


class Command(BaseCommand):
    help = "Print the public keys of the log, for REMPART_LOG_PUBLIC_KEYS or for a witness."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--cell", type=int, help="as a witness wants it, for the log of this cell"
        )

    def handle(self, *args: Any, cell: int | None, **options: Any) -> None:
        for public in keys.public_keys():
            if cell is None:
                self.stdout.write(public.public_bytes_raw().hex())
            else:
                self.stdout.write(verifier_line(keys.origin(cell), public))
