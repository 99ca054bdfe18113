"""`manage.py rotate_case_keys REFERENCE ...`: new keys for cases, while people work."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from tqdm import tqdm

from kernel.crypto.keeping import asked
from referrals.keeping.found import case_referenced, cell_coded
from referrals.keeping.rotate_case import rotate_case


class Command(BaseCommand):
    help = "Change la clé de dossiers : tout y est chiffré de nouveau. Rien ne s'arrête."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("references", nargs="*", help="80-2026-00042 par exemple")
        parser.add_argument("--cell", help="tous les dossiers de la cellule de ce code")

    def handle(self, *args: Any, **options: Any) -> None:
        cases = []
        for reference in options["references"]:
            found = case_referenced(reference)
            if found is None:
                raise CommandError(_("Aucun dossier ne porte la référence %s.") % reference)
            cases.append(found.case_id)
        if options["cell"]:
            rows = asked(
                "SELECT case_id FROM referrals_case_key WHERE cell_id = %s ORDER BY case_id",
                [cell_coded(options["cell"])],
            )
            cases += [row[0] for row in rows]
        done = sum(rotate_case(case_id) for case_id in tqdm(cases, disable=None))
        self.stdout.write(
            _("Dossiers : %(cases)d, valeurs chiffrées de nouveau : %(values)d")
            % {"cases": len(cases), "values": done}
        )
