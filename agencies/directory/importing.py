"""Bringing our copy of the directory in step with a file: all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

from django.db import connections, transaction
from django.utils.translation import gettext as _

from agencies import events
from agencies.directory import merging
from agencies.directory.entry import Entry, understand
from agencies.directory.errors import Refusal, Remark, UnreadableFile
from agencies.directory.reading import Reader, open_file, open_reader
from agencies.directory.report import Report
from agencies.operator import ALIAS, Operator
from audit.recorder import record_system

_COLUMNS = tuple(field.name for field in fields(Entry))
_as_row = attrgetter(*_COLUMNS)

SOURCE: Final = "fr-en-annuaire-education"
Watcher = Callable[[int], object]


def import_directory(
    operator: Operator,
    path: Path,
    *,
    dry_run: bool = False,
    watch: Watcher | None = None,
    source: str = SOURCE,
) -> Report:
    """Read a directory file and write what changed, in one transaction.

    Reading the same file twice changes nothing the second time. A school that the file does not
    name is reported and never closed: an extract of one académie says nothing about the others.
    `watch` is told, line by line, how many bytes of the file have been used.
    """
    report = Report()
    with open_file(path) as stream, transaction.atomic(using=ALIAS):
        reader = open_reader(stream)
        with connections[ALIAS].cursor() as cursor:
            merging.prepare(cursor, source)
            _copy(cursor, _entries(reader, report, lambda: watch and watch(stream.tell())))
            if report.lines == len(report.refused):
                raise UnreadableFile(_first_reasons(report))
            merging.settle_repeated_codes(cursor, report)
            merging.merge(cursor, set(reader.layout.headers))
            merging.count(cursor, report, source)
        report.unknown_columns = reader.layout.unknown
        record_system(events.SCHOOLS_IMPORTED, using=ALIAS, cell_id=0, schools=report.lines)
        if dry_run:
            transaction.set_rollback(True, using=ALIAS)
    return report


def _entries(
    reader: Reader, report: Report, tick: Callable[[], object]
) -> Iterator[tuple[Any, ...]]:
    for row in reader.rows():
        report.lines += 1
        if report.lines % 256 == 0:
            tick()
        remarks: list[Remark] = []
        entry = row if isinstance(row, Refusal) else understand(row, remarks)
        if isinstance(entry, Refusal):
            report.refused.append(entry)
        else:
            report.remarks.extend(remarks)
            yield _as_row(entry)
    tick()


def _copy(cursor: Any, rows: Iterator[tuple[Any, ...]]) -> None:
    with cursor.copy(f"COPY directory_line ({', '.join(_COLUMNS)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _first_reasons(report: Report) -> str:
    if not report.refused:
        return _("Ce fichier n'a aucune ligne après l'en-tête.")
    first = report.refused[0]
    return _(
        "Aucune ligne de ce fichier n'est utilisable. La première (ligne %(line)d) : %(why)s."
    ) % {"line": first.line, "why": first.reason}
