"""`manage.py save_keys FILE`: the wrapped period keys, to keep apart from the database."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils.translation import gettext as _

from kernel.crypto.keeping import ALIAS, saved


class Command(BaseCommand):
    help = "Enregistre les clés de période, telles que la clé racine les protège aujourd'hui."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="le fichier à écrire, lisible par vous seul")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        new = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with transaction.atomic(using=ALIAS):
                content = saved() + "\n"
                descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "w") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(descriptor)
            # On record before it is there under its name.
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
        self.stdout.write(_("Clés enregistrées."))
