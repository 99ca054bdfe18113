"""`manage.py rotate_root_key`: everything that the root key wraps, wrapped by the key in use."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils.translation import gettext as _
from tqdm import tqdm

from agencies import events
from agencies.services.rewrap_seeds import keep_seed, seeds
from audit.recorder import record_system
from kernel.crypto.keeping import ALIAS, asked, keep_period_key, period_keys, rewrapped
from kernel.crypto.keyring import open_rings


class Command(BaseCommand):
    help = "Fait passer tout ce que la clé racine protège à la dernière clé. Rien ne s'arrête."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="dit ce qui reste à faire, sans rien écrire"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        root, keys, sealed = open_rings(), period_keys(), seeds()
        if options["check"]:
            left = sum(not root.is_current(one.blob) for one in [*keys, *sealed])
            self.stdout.write(_("À faire passer à la dernière clé : %d") % left)
            return
        with tqdm(total=len(keys) + len(sealed), disable=None) as bar:
            done = rewrapped(root, keys, keep_period_key, bar.update)
            done += rewrapped(root, sealed, keep_seed, bar.update)
        with transaction.atomic(using=ALIAS):
            for (cell_id,) in asked("SELECT DISTINCT cell_id FROM kernel_period_key ORDER BY 1"):
                record_system(events.ROOT_KEY_ROTATED, using=ALIAS, cell_id=cell_id)
        self.stdout.write(_("Passés à la dernière clé : %d") % done)
        self.stdout.write(
            _(
                "Enregistrez maintenant les clés à part (manage.py save_keys), puis détruisez"
                " l'ancienne clé racine et les enregistrements d'avant."
            )
        )
