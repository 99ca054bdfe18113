"""`manage.py restore_keys FILE`: after a backup was restored, the period keys as last saved."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from kernel.crypto.keeping import restored


class Command(BaseCommand):
    help = "Remet les clés de période enregistrées ; celles qui n'y sont plus sont détruites."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="ce que save_keys a écrit")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            number = restored(options["file"].read_text(encoding="ascii"))
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            raise CommandError(_("Ce fichier ne contient pas de clés enregistrées.")) from error
        self.stdout.write(_("Clés remises : %d") % number)
