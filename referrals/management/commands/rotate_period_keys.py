"""`manage.py rotate_period_keys CELL`: new keys for the periods of a cell, while people work."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from tqdm import tqdm

from referrals.keeping.found import cell_coded
from referrals.keeping.rotate_period import cases_of, periods_of, rotate_period


class Command(BaseCommand):
    help = "Change les clés de période d'une cellule. Rien ne s'arrête."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("cell", help="code de la cellule, 80 par exemple")
        parser.add_argument("--period", help="une seule période, 2026 par exemple")

    def handle(self, *args: Any, **options: Any) -> None:
        cell_id = cell_coded(options["cell"])
        known = periods_of(cell_id) if cell_id is not None else []
        periods = [one for one in known if options["period"] in (None, one)]
        if cell_id is None or not periods:
            raise CommandError(_("Cette cellule n'a pas de clé pour cette période."))
        for period in periods:
            with tqdm(total=cases_of(cell_id, period), desc=period, disable=None) as bar:
                whole = rotate_period(cell_id, period, bar.update)
            if whole:
                self.stdout.write(_("%s : clé changée, l'ancienne est détruite.") % period)
            else:
                self.stdout.write(
                    _("%s : clé changée. Relancez la commande pour détruire l'ancienne.") % period
                )
