"""What an import did, for the person who ran it."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext as _

from agencies.directory.errors import Refusal, Remark


@dataclass(slots=True)
class Report:
    """Counts, refused lines, blanked values, and schools we know that the file does not name."""

    lines: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    closed: int = 0
    closing: int = 0
    without_district: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)
    unknown_columns: list[str] = field(default_factory=list)

    def summary(self) -> list[tuple[str, int]]:
        """The counts with their names, in the order they are shown."""
        return [
            (_("lignes lues"), self.lines),
            (_("créés"), self.created),
            (_("mis à jour"), self.updated),
            (_("inchangés"), self.unchanged),
            (_("nouvellement fermés"), self.closed),
            (_("fermeture annoncée"), self.closing),
            (_("lignes refusées"), len(self.refused)),
            (_("valeurs laissées de côté"), len(self.remarks)),
            (_("écoles sans circonscription retrouvée"), self.without_district),
            (_("connus mais absents du fichier"), len(self.missing)),
        ]

    def write(self, path: Path) -> None:
        """Write every line that deserves a look as CSV, in the order of the file."""
        rows = [(r.line, _("refusée"), r.code, r.reason) for r in self.refused]
        rows += [(r.line, _("remarque"), r.code, r.reason) for r in self.remarks]
        rows.sort()
        absent = _("connu, absent du fichier, laissé tel quel")
        with path.open("w", encoding="utf-8", newline="") as out:
            sheet = csv.writer(out, delimiter=";")
            sheet.writerow([_("ligne"), _("suite"), _("code"), _("raison")])
            sheet.writerows([line, what, _harmless(code), why] for line, what, code, why in rows)
            sheet.writerows(["", absent, code, _harmless(name)] for code, name in self.missing)


def _harmless(text: str) -> str:
    """Keep a spreadsheet from taking a value out of the file for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text
