"""`manage.py import_reference`: départements, académies, communes and courts."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from agencies.directory.errors import UnreadableFile
from agencies.directory.reference import TABLES, import_reference
from agencies.operator import Operator


class Command(BaseCommand):
    help = "Charge les petites tables publiques (CSV en UTF-8, séparateur point-virgule)."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        for name in TABLES:
            parser.add_argument(f"--{name}", type=Path, metavar="FILE")
        parser.add_argument(
            "--source", help="d'où viennent ces fichiers ; sans cela, le nom de chaque fichier"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = [(name, options[name]) for name in TABLES if options[name]]
        if not chosen:
            raise CommandError(_("Indiquez au moins un fichier, par exemple --communes FICHIER."))
        for name, path in chosen:
            source = options["source"] or path.name
            try:
                count = import_reference(Operator("import_reference"), name, path, source=source)
            except UnreadableFile as refusal:
                raise CommandError(str(refusal)) from refusal
            self.stdout.write(f"{count:>8}  {name}")
