"""Recomputes the whole record with the rights of the auditor's role, and says what it finds."""

from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from tqdm import tqdm

from audit import cells, checkpoint, events, keys, log
from audit.checkpoint import BadNote
from audit.recorder import system_entry
from audit.resuming import Progress
from audit.sentences import sentence
from audit.verification import Report, verify
from audit.verified import Copy, keep, standing
from audit.witnessing.comparing import NotACopy, spoken_of

MOST_SHOWN = 20
_OF_THE_REST = "This has read the rest alone: verify the whole, without --resume"
_OF_THE_WHOLE = (
    "Hand over with --against what was kept before the alarm, or let two people set them aside"
)


class Command(BaseCommand):
    help = "Verify every entry, hash and signature. Exits with 1 on damage, or on an alarm."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--cell", metavar="CODE", help="only the cell with this code or number")
        parser.add_argument(
            "--against",
            metavar="FILE",
            action="append",
            default=[],
            type=Path,
            help="a checkpoint that somebody kept: the log must prolong it. May be given again",
        )
        parser.add_argument(
            "--resume",
            metavar="FILE",
            type=Path,
            help="note in this file what has been compared; interrupted, the next run goes on",
        )
        parser.add_argument("--quiet", action="store_true", help="no progress bar, only damage")

    def handle(
        self,
        *args: Any,
        cell: str | None,
        against: list[Path],
        resume: Path | None,
        quiet: bool,
        **options: Any,
    ) -> None:
        noted = Progress(resume) if resume else None
        with log.connect("auditor") as connection, translation.override("fr"):
            try:
                known = keys.chain(connection)
            except BadNote as broken:
                raise CommandError(
                    f"DAMAGED: the chain of keys is broken: {broken}.", returncode=1
                ) from None
            kept = _kept(against, known)
            chosen = _chosen(connection, cell, kept)
            total = sum(_size(connection, each) for each in chosen)
            reports, alarms = [], 0
            with tqdm(total=total, unit=" entries", disable=quiet, leave=False) as bar:
                for each in chosen:
                    copies = standing(connection, each, known)
                    report = verify(
                        connection,
                        each,
                        known,
                        bar.update,
                        against=[copy.said for copy in (*kept[each], *copies)],
                        start=noted.of(each) if noted else None,
                        keep=partial(noted.keep, each) if noted else lambda reached: None,
                    )
                    reports.append(report)
                    _record(connection, report, kept[each])
                    stands = keep(connection, report, copies, handed=kept[each])
                    alarms += bool(stands)
                    self._tell(report, stands, quiet)
        if noted:
            noted.end()
        damaged = [report for report in reports if not report.clean]
        if damaged:
            raise CommandError(f"DAMAGED: {len(damaged)} of {len(reports)} logs.", returncode=1)
        if alarms:
            raise CommandError(
                f"ALARM: copies stand against {alarms} of {len(reports)} logs.", returncode=1
            )
        if not quiet:
            entries = sum(report.entries for report in reports)
            self.stdout.write(f"Intact: {entries} entries in {len(reports)} logs.")

    def _tell(self, report: Report, stands: Sequence[int], quiet: bool) -> None:
        name = keys.origin(report.cell_id)
        if report.clean and stands:
            sizes = ", ".join(map(str, stands))
            way_out = _OF_THE_REST if report.resumed else _OF_THE_WHOLE
            tqdm.write(
                f"{name}: ALARM, all agrees inside, but copies of {sizes} entries stand against it."
                f" {way_out}",
                file=self.stdout,
            )
            return
        if report.clean:
            if not quiet:
                waiting = f", {report.pending} not sealed yet" if report.pending else ""
                pruned = f", {report.pruned} pruned" if report.pruned else ""
                tqdm.write(
                    f"{name}: intact, {report.entries} entries, "
                    f"{report.checkpoints} checkpoints{pruned}{waiting}",
                    file=self.stdout,
                )
            return
        tqdm.write(f"{name}: DAMAGED", file=self.stdout)
        for finding in sorted(report.findings, key=lambda each: each.index)[:MOST_SHOWN]:
            tqdm.write(f"  {finding.what}: {sentence(finding)}", file=self.stdout)
        more = len(report.findings) - MOST_SHOWN
        if more > 0:
            tqdm.write(f"  and {more} more", file=self.stdout)


def _record(connection: log.Connection, report: Report, kept: Sequence[Copy]) -> None:
    """That it was verified, and what came of it, stands in the record of the cell.

    A file that the log does not prolong is an alert: those who watch are told at once.
    """
    entry = system_entry(
        events.VERIFIED,
        cell_id=report.cell_id,
        entries=report.entries,
        checkpoints=report.checkpoints,
        findings=len(report.findings),
    )
    against = max((copy.said.size for copy in kept if copy.said not in report.agreed), default=None)
    with connection.transaction(), psycopg.Cursor(connection) as cursor:
        cursor.execute(entry.text, entry.values)
        if against is not None:
            found = "truncated" if against > report.size else "forked"
            asked = [report.cell_id, found, against]
            cursor.execute("SELECT audit.owe_alert(%s, %s, %s, NULL)", asked)


def _kept(files: Sequence[Path], known: Sequence[keys.Link]) -> defaultdict[int, list[Copy]]:
    """The checkpoints in these files by cell. CommandError for one that no key of ours signed."""
    found: defaultdict[int, list[Copy]] = defaultdict(list)
    for path in files:
        try:
            note = path.read_text(encoding="utf-8")
            of_it = found[spoken_of(note)]
            of_it.append(Copy(checkpoint.read(note, known), checkpoint.alone(note, known)))
        except (OSError, UnicodeDecodeError) as problem:
            raise CommandError(f"{path} cannot be read: {problem}") from None
        except NotACopy:
            raise CommandError(f"{path} is not a checkpoint of a log of this house.") from None
        except BadNote as bad:
            raise CommandError(f"ALERT, {path}: {bad}.", returncode=1) from None
    return found


def _chosen(
    connection: log.Connection, text: str | None, kept: defaultdict[int, list[Copy]]
) -> list[int]:
    """The logs to verify; one that a copy speaks of, even when nothing of it is left."""
    known = log.known_cells(connection) | kept.keys()
    if text is None:
        return sorted(known)
    cell_id = cells.cell_of(text)
    if cell_id is None or cell_id not in known:
        raise CommandError(f"There is no log of a cell {text!r}.")
    return sorted({cell_id, *kept})


def _size(connection: log.Connection, cell_id: int) -> int:
    last = log.last_checkpoint(connection, cell_id)
    return last.size if last else 0
