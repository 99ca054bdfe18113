"""`manage.py shred_case REFERENCE`: a case is destroyed, at once and for good."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from referrals.keeping.found import case_referenced
from referrals.keeping.shred import is_over, shred_case


class Command(BaseCommand):
    help = "Détruit la clé d'un dossier : plus personne ne peut le lire. C'est définitif."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference", help="80-2026-00042 par exemple")
        parser.add_argument("--even-open", action="store_true", help="même s'il est encore suivi")

    def handle(self, *args: Any, **options: Any) -> None:
        found = case_referenced(options["reference"])
        if found is None:
            raise CommandError(_("Aucun dossier ne porte la référence %s.") % options["reference"])
        if not is_over(found) and not options["even_open"]:
            raise CommandError(
                _("Ce dossier est encore suivi. Pour le détruire quand même : --even-open")
            )
        if not shred_case(found):
            raise CommandError(_("Ce dossier est déjà détruit."))
        self.stdout.write(_("Dossier détruit."))
