"""`manage.py load_demo`: invented cells, agencies and people, to look around in."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from agencies.demo.loading import load
from agencies.operator import Operator


class Command(BaseCommand):
    help = "Crée les cellules, organismes et personnes de démonstration, tous inventés."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="répond en JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError(_("La démonstration ne se charge pas dans une vraie installation."))
        people = load(Operator("load_demo"))
        if options["json"]:
            answer = {"people": [person.as_json() for person in people]}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            return
        for person in people:
            where = ", ".join(person.agencies)
            self.stdout.write(f"{person.email:<40} {person.password}   {person.role}, {where}")
        self.stdout.write(_("Code du moment : manage.py demo_code ADRESSE"))
