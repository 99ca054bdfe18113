"""`manage.py demo_code EMAIL`: the code that the demo person's authenticator would show."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django_otp.oath import TOTP

from agencies.models import Authenticator
from agencies.operator import ALIAS
from agencies.services.create_account import as_address


class Command(BaseCommand):
    help = "Affiche le code du moment d'une personne de démonstration."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(_("Cette commande n'existe que dans la démonstration et les tests."))
        address = as_address(options["email"])
        device = (
            Authenticator.objects.using(ALIAS).filter(user__email=address, confirmed=True).first()
        )
        if device is None:
            raise CommandError(_("Aucune application n'est liée à %s.") % address)
        code, seconds = usable_code(device)
        self.stdout.write(code)
        self.stderr.write(_("encore valable %d secondes") % seconds)


def usable_code(device: Authenticator) -> tuple[str, int]:
    """The current code and how long it is shown; the next one when this one has been used."""
    clock = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    clock.time = time.time()
    left = device.step - int(clock.time - device.t0) % device.step
    if clock.t() <= device.last_t:
        clock.time += device.step
        left += device.step
    return f"{clock.token():0{device.digits}d}", left
