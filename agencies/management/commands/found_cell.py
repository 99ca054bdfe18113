"""`manage.py found_cell CODE NAME`: the cell of a département."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from agencies.directory.territory import departement_code
from agencies.operator import Operator
from agencies.services.found_cell import found_cell
from kernel.errors import DomainError


class Command(BaseCommand):
    help = "Crée la cellule d'un département."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", help="code du département, par exemple 80 ou 2A")
        parser.add_argument("name", help="nom de la cellule")
        parser.add_argument("--academy", default="", help="code de l'académie")

    def handle(self, *args: Any, **options: Any) -> None:
        code = departement_code(options["code"])
        if code is None:
            raise CommandError(_("« %s » n'est pas un code de département.") % options["code"])
        try:
            cell = found_cell(
                Operator("found_cell"),
                code=code,
                name=options["name"],
                academy_code=options["academy"],
            )
        except DomainError as refusal:
            raise CommandError(str(refusal.message)) from refusal
        self.stdout.write(f"{cell.code}  {cell.name}")
