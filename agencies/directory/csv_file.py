"""The directory as CSV: one header line, then one establishment a line."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import BinaryIO, Final

from django.utils.translation import gettext as _

from agencies.directory.columns import Layout, fold
from agencies.directory.errors import Refusal, UnreadableFile
from agencies.directory.reading import Row

_LONGEST_LINE: Final = 64 * 1024
_LINES_OF_ONE_RECORD: Final = 40
"""A cell may hold line breaks. More than this is a quotation mark that nobody closed."""


class CsvReader:
    """Reads the semicolon-separated form; commas and tabs are understood as well."""

    def __init__(self, stream: BinaryIO) -> None:
        self.layout = Layout()
        self._stream = stream
        self._line = 0
        self._record_start = 0

    def rows(self) -> Iterator[Row | Refusal]:
        """Give each line as a row. A line that does not hold together is given as a refusal."""
        lines = self._lines()
        first = next(lines, "")
        records = csv.reader(lines, delimiter=_separator_of(first))
        header = next(csv.reader([first], delimiter=_separator_of(first)), [])
        fields = [self.layout.field_of(name.strip()) for name in header]
        self.layout.check()
        while True:
            self._record_start = self._line + 1
            try:
                cells = next(records, None)
            except csv.Error as error:
                yield Refusal(self._record_start, "", _("Ligne illisible : %s.") % error)
                continue
            if cells is None:
                return
            if any(cells):
                yield self._row(fields, cells)

    def _row(self, fields: list[str | None], cells: list[str]) -> Row | Refusal:
        if len(cells) < len(fields) or any(cells[len(fields) :]):
            reason = _("La ligne a %(found)d cellules, l'en-tête en a %(expected)d.")
            counts = {"found": len(cells), "expected": len(fields)}
            return Refusal(self._record_start, "", reason % counts)
        named = zip(fields, cells, strict=False)
        return Row(self._record_start, {field: cell for field, cell in named if field})

    def _lines(self) -> Iterator[str]:
        while raw := self._stream.readline(_LONGEST_LINE):
            self._line += 1
            if len(raw) == _LONGEST_LINE:
                raise UnreadableFile(_("La ligne %d est démesurée.") % self._line)
            if self._line - self._record_start > _LINES_OF_ONE_RECORD:
                raise UnreadableFile(
                    _("Un guillemet ouvert à la ligne %d n'est jamais refermé.")
                    % self._record_start
                )
            try:
                yield raw.decode("utf-8")
            except UnicodeDecodeError as error:
                raise UnreadableFile(
                    _(
                        "Le fichier n'est pas en UTF-8 (ligne %d). Enregistrez-le en « CSV UTF-8 » "
                        "et recommencez."
                    )
                    % self._line
                ) from error


def _separator_of(header: str) -> str:
    """Choose the separator that cuts the header into the most names."""
    return max(";,\t", key=lambda mark: len([cell for cell in header.split(mark) if fold(cell)]))
