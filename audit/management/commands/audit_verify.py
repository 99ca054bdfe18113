"""Recomputes the whole record with the rights of the auditor's role, and says what it finds."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from tqdm import tqdm

from audit import cells, keys, log
from audit.sentences import sentence
from audit.verification import Report, verify

MOST_SHOWN = 20


class Command(BaseCommand):
    help = "Verify the record: every entry, every hash, every signature. Exits with 1 on damage."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--cell", metavar="CODE", help="only the cell with this code or number")
        parser.add_argument("--quiet", action="store_true", help="no progress bar, only damage")

    def handle(self, *args: Any, cell: str | None, quiet: bool, **options: Any) -> None:
        with log.connect("auditor") as connection, translation.override("fr"):
            chosen = _chosen(connection, cell)
            total = sum(_size(connection, each) for each in chosen)
            reports = []
            with tqdm(total=total, unit=" entries", disable=quiet, leave=False) as bar:
                for each in chosen:
                    report = verify(connection, each, keys.public_keys(), bar.update)
                    reports.append(report)
                    self._tell(report, quiet)
        damaged = [report for report in reports if not report.clean]
        if damaged:
            raise CommandError(f"DAMAGED: {len(damaged)} of {len(reports)} logs.", returncode=1)
        if not quiet:
            entries = sum(report.entries for report in reports)
            self.stdout.write(f"Intact: {entries} entries in {len(reports)} logs.")

    def _tell(self, report: Report, quiet: bool) -> None:
        name = keys.origin(report.cell_id)
        if report.clean:
            if not quiet:
                waiting = f", {report.pending} not sealed yet" if report.pending else ""
                tqdm.write(
                    f"{name}: intact, {report.entries} entries, "
                    f"{report.checkpoints} checkpoints{waiting}",
                    file=self.stdout,
                )
            return
        tqdm.write(f"{name}: DAMAGED", file=self.stdout)
        for finding in sorted(report.findings, key=lambda each: each.index)[:MOST_SHOWN]:
            tqdm.write(f"  {finding.what}: {sentence(finding)}", file=self.stdout)
        more = len(report.findings) - MOST_SHOWN
        if more > 0:
            tqdm.write(f"  and {more} more", file=self.stdout)


def _chosen(connection: log.Connection, text: str | None) -> list[int]:
    known = {*log.cells(connection, "audit_checkpoint"), *log.cells(connection, "audit_entry")}
    if text is None:
        return sorted(known)
    cell_id = cells.cell_of(text)
    if cell_id is None or cell_id not in known:
        raise CommandError(f"There is no log of a cell {text!r}.")
    return [cell_id]


def _size(connection: log.Connection, cell_id: int) -> int:
    last = log.last_checkpoint(connection, cell_id)
    return last.size if last else 0
