"""`manage.py load_demo_cases`: invented cases at every step, for the demo's people."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from referrals.demo.loading import load_cases


class Command(BaseCommand):
    help = "Écrit quelques dossiers inventés dans les cellules de démonstration."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(_("La démonstration ne se charge pas dans une vraie installation."))
        written = load_cases()
        self.stdout.write(_("Dossiers écrits : %(n)s") % {"n": written})
