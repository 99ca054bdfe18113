"""`manage.py enrol_agency`: an agency signs a cell's protocol."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from agencies.management.finding import agency_called, cell_called
from agencies.models import AgencyKind
from agencies.operator import Operator
from agencies.services.enrol_agency import enrol_agency
from agencies.services.register_agency import register_agency
from kernel.errors import DomainError


class Command(BaseCommand):
    help = "Fait adhérer un organisme à une cellule ; --new inscrit celui qu'aucun annuaire n'a."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("cell", help="code du département")
        parser.add_argument("agency", help="code UAI, identifiant, ou nom avec --new")
        parser.add_argument("--new", choices=AgencyKind.values, metavar="KIND")
        parser.add_argument("--commune", default="", help="code INSEE de la commune, avec --new")
        parser.add_argument("--signatory", required=True, help="qualité de qui a signé")
        parser.add_argument("--signed-on", type=date.fromisoformat, help="AAAA-MM-JJ")

    def handle(self, *args: Any, **options: Any) -> None:
        operator = Operator("enrol_agency")
        cell = cell_called(options["cell"])
        try:
            if options["new"]:
                agency = register_agency(
                    operator,
                    kind=options["new"],
                    name=options["agency"],
                    departement_code=cell.code,
                    commune_insee=options["commune"],
                    academy_code=cell.academy_code,
                    source=_("inscrit par l'exploitation"),
                )
            else:
                agency = agency_called(options["agency"])
            enrol_agency(
                operator,
                cell_id=cell.pk,
                agency_id=agency.pk,
                signatory=options["signatory"],
                signed_on=options["signed_on"],
            )
        except DomainError as refusal:
            raise CommandError(str(refusal.message)) from refusal
        self.stdout.write(f"{agency.pk}  {agency.name}")
