"""The keys of the log: prints their public halves, or hands over to a new one."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit import cells, keys, log
from audit.checkpoint import verifier_line
from audit.rotating import rotate
from audit.sealer import CannotSeal


class Command(BaseCommand):
    help = "Print the first public key of the log (REMPART_LOG_PUBLIC_KEYS), or rotate the key."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--cell", metavar="CODE", help="as a witness wants it, for this cell: code or number"
        )
        parser.add_argument(
            "--notes",
            action="store_true",
            help="how each key has handed over to the next: what a witness takes with --keys",
        )
        parser.add_argument(
            "--rotate",
            type=Path,
            metavar="FILE",
            help="make a new key, signed by the old one; FILE gets all seeds. The sealer is stopped"
            " meanwhile, and started again with this file as REMPART_LOG_KEY_FILE",
        )

    def handle(self, *args: Any, cell: str | None, **options: Any) -> None:
        if options["rotate"] is not None:
            self._rotate(options["rotate"])
            return
        if options["notes"]:
            with log.connect("auditor") as connection:
                self.stdout.write("\n".join(keys.notes(connection)))
            return
        origin = None if cell is None else keys.origin(_known(cell))
        for public in keys.public_keys():
            line = public.public_bytes_raw().hex()
            self.stdout.write(line if origin is None else verifier_line(origin, public))

    def _rotate(self, path: Path) -> None:
        with log.connect("sealer") as connection:
            try:
                link = rotate(connection, path)
            except CannotSeal as reason:
                raise CommandError(str(reason)) from None
        said = f"Key {link.number} signs from {link.since.isoformat()}. Start the sealer again."
        self.stdout.write(said)


def _known(text: str) -> int:
    """The number of a cell that has a log: a key for another name would refuse every checkpoint."""
    cell_id = cells.cell_of(text)
    with log.connect("auditor") as connection:
        if cell_id is None or cell_id not in log.known_cells(connection):
            raise CommandError(f"There is no log of a cell {text!r}.")
    return cell_id
