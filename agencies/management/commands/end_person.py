"""`manage.py end_person`: a person leaves a place, or all of them, at once."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from agencies.management.finding import agency_called
from agencies.models import Account, Membership
from agencies.operator import ALIAS, Operator
from agencies.services.create_account import as_address
from agencies.services.end_membership import end_membership
from agencies.services.switch_off import switch_off
from kernel.clock import now
from kernel.errors import WrongState


class Command(BaseCommand):
    help = "Met fin à la participation d'une personne : ses sessions s'arrêtent aussitôt."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--agency", help="code UAI ou identifiant ; sans cela, partout")
        parser.add_argument(
            "--switch-off",
            action="store_true",
            help="désactive le compte, dans toutes les cellules",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["switch_off"]:
            self._switch_off(as_address(options["email"]))
            return
        places = Membership.objects.using(ALIAS).filter(
            account__email=as_address(options["email"]), valid_until__gt=now()
        )
        if options["agency"]:
            places = places.filter(agency=agency_called(options["agency"]))
        found = list(places.select_related("agency"))
        if not found:
            raise CommandError(_("Cette personne ne participe à aucune cellule."))
        for place in found:
            end_membership(Operator("end_person"), membership_id=place.pk)
            self.stdout.write(_("Terminé : %s") % place.agency.name)

    def _switch_off(self, address: str) -> None:
        account = Account.objects.using(ALIAS).filter(email=address).first()
        if account is None:
            raise CommandError(_("Ce compte n'existe pas."))
        try:
            switch_off(Operator("end_person"), account_id=account.pk)
        except WrongState as refusal:
            raise CommandError(str(refusal.message)) from refusal
        self.stdout.write(_("Compte désactivé : %s") % address)
