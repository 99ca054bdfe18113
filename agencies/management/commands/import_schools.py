"""`manage.py import_schools FILE`: the national education directory, read into our tables."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from tqdm import tqdm

from agencies.directory.errors import UnreadableFile
from agencies.directory.importing import import_directory
from agencies.directory.report import Report
from agencies.models import AgencyKind
from agencies.operator import Operator

SHOWN = 50
"""Lines shown on screen; `--report` writes them all."""


class Command(BaseCommand):
    help = "Lit l'annuaire de l'éducation (fr-en-annuaire-education, CSV ou JSON)."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="le fichier, tel que publié")
        parser.add_argument(
            "--dry-run", action="store_true", help="dit ce qui changerait, sans rien écrire"
        )
        parser.add_argument(
            "--report", type=Path, help="écrit en CSV chaque ligne refusée ou à relire, et pourquoi"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        size = path.stat().st_size if path.is_file() else 0
        with tqdm(total=size, unit="o", unit_scale=True, disable=None) as bar:
            try:
                report = import_directory(
                    Operator("import_schools"),
                    path,
                    dry_run=options["dry_run"],
                    watch=lambda position: bar.update(position - bar.n),
                )
            except UnreadableFile as refusal:
                raise CommandError(f"{refusal} {_('Rien n’a été modifié.')}") from refusal
        if options["report"]:
            try:
                report.write(options["report"])
            except OSError as error:
                self.stderr.write(_("Le rapport n'a pas pu être écrit : %s.") % error.strerror)
        self._tell(report, dry_run=options["dry_run"], to_file=bool(options["report"]))

    def _tell(self, report: Report, *, dry_run: bool, to_file: bool) -> None:
        for label, number in report.summary():
            self.stdout.write(f"{number:>8}  {label}")
        labels = dict(AgencyKind.choices)
        for kind, number in report.kinds.items():
            self.stdout.write(f"{number:>8}  {labels.get(kind, kind)}")
        if report.unknown_columns:
            names = ", ".join(report.unknown_columns)
            self.stdout.write(_("Colonnes inconnues, laissées de côté : %s.") % names)
        for refusal in report.refused[:SHOWN]:
            self.stderr.write(
                _("ligne %(line)d refusée : %(reason)s")
                % {"line": refusal.line, "reason": refusal.reason}
            )
        hidden = len(report.refused) - SHOWN
        if hidden > 0 and not to_file:
            self.stderr.write(_("et %d autres : --report FICHIER les donne toutes") % hidden)
        if dry_run:
            self.stdout.write(_("Essai à blanc : rien n'a été écrit."))
