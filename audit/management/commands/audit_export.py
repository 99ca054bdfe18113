"""Exports entries of a cell's record with all that proves them, for whoever checks them elsewhere.

The export is an entry of the record itself; the file is whole once that entry is sealed.
"""

import time
from argparse import ArgumentParser
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from audit import cells, log
from audit.leaf import Key
from audit.recorder import record_system
from audit.witnessing import events
from audit.witnessing.exports import Export, export, seal_of, write
from audit.witnessing.proofs import NoProof
from kernel.clock import midnight

MOST = 250_000
_CONDITIONS = {
    "case": "case_id = %s",
    "actor": "actor = %s",
    "kind": "kind = %s",
    "since": "at >= %s",
    "until": "at < %s",
}


class Command(BaseCommand):
    help = "Export entries of the record with proofs, to be checked by rempart_verify.py."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="where the export is written (.zip)")
        parser.add_argument("--cell", metavar="CODE", required=True, help="code or number")
        parser.add_argument("--case", type=UUID, help="only entries about this case")
        parser.add_argument("--actor", type=UUID, help="only entries of this person")
        parser.add_argument("--kind", help="only entries of this kind")
        parser.add_argument("--since", type=date.fromisoformat, help="from this day on")
        parser.add_argument("--until", type=date.fromisoformat, help="up to this day, included")
        parser.add_argument(
            "--wait", type=float, default=30.0, help="seconds to wait for the sealer"
        )

    def handle(self, *args: Any, file: Path, cell: str, wait: float, **options: Any) -> None:
        filters = {name: options[name] for name in _CONDITIONS if options[name] is not None}
        cell_id = cells.cell_of(cell)
        with log.connect("auditor") as connection:
            stored = None if cell_id is None else log.last_checkpoint(connection, cell_id)
            if stored is None:
                raise CommandError(f"There is no log of a cell {cell!r}.")
            try:
                made = export(
                    connection,
                    stored,
                    _chosen(connection, stored, filters),
                    filters={name: str(value) for name, value in filters.items()},
                    made_at=timezone.now(),
                )
                seal = _sealed(connection, made, filters, wait)
            except NoProof as damage:
                raise CommandError(
                    f"DAMAGED: {damage}. Run: manage audit_verify", returncode=1
                ) from None
        write(file, made, seal)
        self.stdout.write(f"{made.entries} of {stored.size} entries in {file}, seal {made.digest}.")


def _chosen(connection: log.Connection, stored: log.Stored, filters: dict[str, Any]) -> list[Key]:
    values = dict(filters)
    if "since" in values:
        values["since"] = midnight(values["since"])
    if "until" in values:
        values["until"] = midnight(values["until"] + timedelta(days=1))
    conditions = ["cell_id = %s", *(_CONDITIONS[name] for name in values)]
    rows = log.execute(
        connection,
        f"SELECT epoch, xid::text::int8, id FROM audit_entry WHERE {' AND '.join(conditions)}"  # noqa: S608  constants
        " AND (epoch, xid, id) <= (%s::int2, %s::xid8, %s::int8) LIMIT %s",
        [stored.cell_id, *values.values(), *log.in_sql(stored.hi), MOST + 1],
    )
    if len(rows) > MOST:
        raise CommandError(f"More than {MOST} entries: choose a shorter time.")
    return [Key(*row) for row in rows]


def _sealed(
    connection: log.Connection, made: Export, filters: dict[str, Any], wait: float
) -> dict[str, bytes]:
    """Record the export, then wait until the sealer has signed the entry that says so."""
    with transaction.atomic(using="auditor"):
        record_system(
            events.EXPORTED,
            using="auditor",
            cell_id=made.stored.cell_id,
            case_id=filters.get("case"),
            subject_id=filters.get("actor"),
            extract=None,
            filters=list(filters),
            sha256=made.digest,
            entries=made.entries,
        )
    until = time.monotonic() + wait
    with tqdm(
        desc="waiting for the sealer", bar_format="{desc} {elapsed}", leave=False, disable=None
    ) as bar:
        while (seal := seal_of(connection, made)) is None:
            if time.monotonic() > until:
                raise CommandError("The export is on record but not sealed. Does audit_seal run?")
            time.sleep(0.1)
            bar.update()
    return seal
