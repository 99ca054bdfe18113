"""`manage.py enrol_totp EMAIL`: a new authenticator, shown once as a QR code."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from agencies.management.showing import show_authenticator
from agencies.models import Account
from agencies.operator import ALIAS, Operator
from agencies.services.create_account import as_address
from agencies.services.enrol_totp import enrol_totp


class Command(BaseCommand):
    help = "Remet une application d'authentification à une personne ; l'ancienne ne vaut plus."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        address = as_address(options["email"])
        account = Account.objects.using(ALIAS).filter(email=address).first()
        if account is None:
            raise CommandError(_("%s n'a pas de compte.") % address)
        device = enrol_totp(Operator("enrol_totp"), account_id=account.pk)
        show_authenticator(self.stdout, device)
        self.stdout.write(
            _("À photographier par la personne elle-même. Ce code ne sera plus jamais affiché.")
        )
