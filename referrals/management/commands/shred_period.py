"""`manage.py shred_period CELL YEAR`: every case of a year is destroyed, at once and for good."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from tqdm import tqdm

from kernel.clock import now
from referrals.keeping.found import cell_coded
from referrals.keeping.rotate_period import periods_of
from referrals.keeping.shred import cases_in, is_over, shred_period


class Command(BaseCommand):
    help = "Détruit la clé d'une période : tous ses dossiers deviennent illisibles."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("cell", help="code de la cellule, 80 par exemple")
        parser.add_argument("period", help="l'année, 2019 par exemple")
        parser.add_argument("--even-open", action="store_true", help="même si l'un est suivi")

    def handle(self, *args: Any, **options: Any) -> None:
        cell_id, period = cell_coded(options["cell"]), options["period"]
        if cell_id is None or period not in periods_of(cell_id):
            raise CommandError(_("Cette cellule n'a pas de clé pour cette période."))
        if period >= f"{now().year:04d}" and not options["even_open"]:
            raise CommandError(
                _("Cette année n'est pas finie : un dossier peut y naître en ce moment.")
            )
        cases = cases_in(cell_id, period)
        open_ones = sum(not is_over(found) for found in cases)
        if open_ones and not options["even_open"]:
            raise CommandError(
                _("Dossiers encore suivis : %d. Pour les détruire quand même : --even-open")
                % open_ones
            )
        with tqdm(total=len(cases), disable=None) as bar:
            done = shred_period(cell_id, period, bar.update)
        self.stdout.write(_("Dossiers détruits : %d") % done)
        self.stdout.write(
            _(
                "Les sauvegardes gardent cette clé, protégée par la clé racine : changez la clé"
                " racine (manage.py rotate_root_key), puis détruisez l'ancienne."
            )
        )
