"""`manage.py create_person`: an account, a place in an agency and an authenticator."""

from __future__ import annotations

import getpass
import secrets
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from agencies.management.finding import agency_called, cell_called
from agencies.management.showing import show_authenticator
from agencies.models import Accession, Account
from agencies.operator import ALIAS, Operator
from agencies.roles import Role
from agencies.services.create_account import as_address, create_account
from agencies.services.enrol_totp import enrol_totp
from agencies.services.grant_membership import grant_membership
from kernel.errors import DomainError


class Command(BaseCommand):
    help = "Donne à une personne un compte et un rôle dans un organisme d'une cellule."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", required=True, help="prénom et nom")
        parser.add_argument("--cell", required=True, help="code du département")
        parser.add_argument("--agency", required=True, help="code UAI ou identifiant")
        parser.add_argument("--roles", required=True, nargs="+", choices=Role.values)
        parser.add_argument("--secrecy", action="store_true", help="tenue au secret professionnel")
        parser.add_argument("--job", default="", help="fonction")
        parser.add_argument(
            "--password-stdin", action="store_true", help="lit le mot de passe sur l'entrée"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        operator = Operator("create_person")
        cell = cell_called(options["cell"])
        agency = agency_called(options["agency"])
        accession = Accession.objects.using(ALIAS).filter(cell=cell, agency=agency).first()
        if accession is None:
            raise CommandError(
                _("%(agency)s n'a pas adhéré à la cellule. D'abord : enrol_agency %(cell)s ...")
                % {"agency": agency.name, "cell": cell.code}
            )
        address = as_address(options["email"])
        known = Account.objects.using(ALIAS).filter(email=address).first()
        password, made_up = ("", False) if known else _password(options["password_stdin"])
        try:
            with transaction.atomic(using=ALIAS):
                account = known or create_account(
                    operator,
                    email=address,
                    display_name=options["name"],
                    password=password,
                )
                grant_membership(
                    operator,
                    account_id=account.pk,
                    accession_id=accession.pk,
                    roles=options["roles"],
                    bound_by_secrecy=options["secrecy"],
                    job_title=options["job"],
                )
                device = None if known else enrol_totp(operator, account_id=account.pk)
        except DomainError as refusal:
            reasons = [str(m) for messages in refusal.fields.values() for m in messages]
            raise CommandError(" ".join(reasons) or str(refusal.message)) from refusal
        told = {"email": address, "agency": agency.name}
        self.stdout.write(_("%(email)s participe à la cellule pour %(agency)s.") % told)
        if made_up:
            self.stdout.write(_("Mot de passe, à remettre en main propre : %s") % password)
        if device is not None:
            show_authenticator(self.stdout, device)


def _password(from_stdin: bool) -> tuple[str, bool]:
    """The password typed or piped in; at neither, one made up, and True to say so."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n"), False
    if not sys.stdin.isatty():
        return secrets.token_urlsafe(15), True
    first = getpass.getpass(_("Mot de passe : "))
    if getpass.getpass(_("Encore une fois : ")) != first:
        raise CommandError(_("Les deux mots de passe diffèrent."))
    return first, False
