"""The three forms of an export, each with the same cover: for whom, why, when, receipt."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext_lazy as _

from kernel.files.kinds import PDF, Kind
from kernel.files.tables import as_csv
from kernel.paper.pages import Section, as_pdf
from referrals.exporting.sections import text
from referrals.models.export import ExportForm

JSON = Kind("json", _("Fichier JSON"), "application/json", ".json", 0)
TABLES = Kind("csv", _("Tableaux CSV"), "application/zip", ".zip", 0)
KINDS: Final = {ExportForm.PDF: PDF, ExportForm.JSON: JSON, ExportForm.CSV: TABLES}
YEAR = (1980, 1, 1, 0, 0, 0)
"""No time of ours stands in the archive: the same content is the same bytes."""


@dataclass(frozen=True, slots=True)
class Cover:
    """What every page and every file says of itself."""

    receipt: str
    reference: str
    reader: str
    agency: str
    recipient: str
    purpose: str
    made_at: datetime
    left_out: tuple[str, ...] = ()

    def rows(self) -> list[tuple[str, str]]:
        """Labels and values, in words."""
        rows = [
            (_("Numéro de reçu"), self.receipt.upper()),
            (_("Dossier"), self.reference),
            (_("Pour"), f"{self.reader}, {self.agency}"),
            (_("Destinataire"), self.recipient),
            (_("But déclaré"), self.purpose),
            (_("Préparé le"), text(self.made_at)),
            *[(_("N'y figure pas"), sentence) for sentence in self.left_out],
        ]
        return [(str(label), value) for label, value in rows if value]

    def as_json(self) -> dict[str, Any]:
        """The same for a machine."""
        return {
            "receipt": self.receipt,
            "made_for": self.reader,
            "agency": self.agency,
            "recipient": self.recipient or None,
            "purpose": self.purpose,
            "made_at": self.made_at,
            "left_out": list(self.left_out),
        }


def written(
    form: str, cover: Cover, about: str, data: Mapping[str, Any], sections: Sequence[Section]
) -> bytes:
    """The file, whole; ``about`` is the key that its data has in a machine-readable one."""
    if form == ExportForm.JSON:
        content = {"export": cover.as_json(), about: data}
        return json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1).encode()
    if form == ExportForm.CSV:
        return _tables(cover, sections)
    mark = f"{cover.reader}, {cover.agency}, {text(cover.made_at)}"
    return as_pdf(cover.reference, cover.receipt.upper(), mark, cover.rows(), sections)


def _tables(cover: Cover, sections: Sequence[Section]) -> bytes:
    """One table for each list, and the cover beside them."""
    whole = io.BytesIO()
    head = Section(
        "recu", str(_("Numéro de reçu")), (str(_("Quoi")), str(_("Valeur"))), tuple(cover.rows())
    )
    with zipfile.ZipFile(whole, "w") as archive:
        for section in (head, *sections):
            place = zipfile.ZipInfo(f"{section.code}.csv", YEAR)
            place.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(place, as_csv(section.columns, section.rows))
    return whole.getvalue()
