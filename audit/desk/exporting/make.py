"""Make an export of the record: as the auditor who asked, with their rights of that moment.

Entries are read in portions, each in a transaction of its own, so that nothing waits long behind
it and whoever watches sees it go on. The files are made between transactions.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Final
from uuid import UUID

from django.utils import timezone

from audit import people, references
from audit.desk.exporting.ask import ASKED, chosen
from audit.desk.exporting.rows import Extract, my_extract, tell
from audit.leaf import read
from audit.recorder import record
from audit.selectors import scoped_connection
from audit.witnessing import exports, proofs
from audit.witnessing.events import EXPORTED
from kernel.crypto.keyring import root_key
from kernel.errors import DomainError, WrongState
from kernel.exporting.work import Exports, Try, called
from kernel.files.blobs import new_file_key, seal
from kernel.files.store import store
from kernel.outbox.works import Overtaken
from kernel.viewer import Viewer

EXTRACTS: Final = Exports("audit", ASKED, tell)
PORTION: Final = 1_000


def make(export_id: UUID) -> None:
    """Make the file, unless it is made or has failed. Safe to run twice."""
    EXTRACTS.make(export_id, _make, failure_of=_failure_of)


def given_up(export_id: UUID) -> None:
    """Say on the page that it has failed, after too many tries."""
    EXTRACTS.give_up(export_id)


def place_of(cell_id: int, export_id: UUID, attempt: int) -> str:
    """Where the sealed file of one try lies: who was only slow spoils no file of another.

    What was made before tries were counted says 0 of them.
    """
    number = f"-{attempt}" if attempt else ""
    return f"journal/{cell_id}/{export_id}{number}.export"


def context_of(export_id: UUID) -> bytes:
    """What binds the wrapped key of a file to its row."""
    return f"audit_export\0file_key\0{export_id}".encode()


def _make(attempt: Try) -> None:
    attempt.move(5)
    with attempt.acting() as viewer:
        row = my_extract(viewer, attempt.export_id)
        stored, keys = chosen(viewer, row.filters)
    entries: list[tuple[int, bytes]] = []
    for start in range(0, len(keys), PORTION):
        with attempt.acting():
            portion = keys[start : start + PORTION]
            entries += proofs.entries_at(scoped_connection(), stored, portion)
        attempt.move(5 + 35 * (start + len(portion)) // len(keys))
    with attempt.acting() as viewer:
        what = exports.found(scoped_connection(), stored, entries)
        names = _called(viewer, entries)

    written = count(1)

    def going_on() -> None:
        if (done := next(written)) % PORTION == 0:
            attempt.move(40 + 25 * done // len(entries))

    made = exports.made(
        what,
        filters=row.filters.as_text(),
        made_at=timezone.now(),
        called=names,
        going_on=going_on,
    )
    attempt.move(90)
    content = exports.archived(made.parts)
    key, place = new_file_key(), place_of(viewer.cell_id, row.id, attempt.number)
    try:
        store().put(place, seal(key, place, content))
        attempt.move(95)
        wrapped = root_key().wrap(key, context_of(row.id))
        with attempt.acting() as viewer:
            _finish(viewer, row, made, len(content), wrapped)
    except (DomainError, Overtaken):
        store().delete(place)
        raise


def _finish(
    viewer: Viewer, row: Extract, made: exports.Export, weight: int, wrapped: bytes
) -> None:
    """Write down that the file is there, and in the record that it was made."""
    my_extract(viewer, row.id)
    record(
        EXPORTED,
        viewer=viewer,
        case_id=row.filters.case,
        subject_id=row.filters.actor or row.filters.subject,
        extract=row.id,
        filters=row.filters.in_use(),
        sha256=made.digest,
        entries=made.entries,
    )
    of = (made.entries, made.stored.size, weight, made.digest, wrapped)
    if not called("default", "audit.finish_export", row.id, *of):
        raise Overtaken
    tell(viewer)


def _called(viewer: Viewer, entries: list[tuple[int, bytes]]) -> Mapping[str, str]:
    """References of cases and names of agencies, as the journal's page has them. No person's."""
    read_ = [read(leaf) for _index, leaf in entries]
    cases = references.references_of(viewer, {one.case_id for one in read_ if one.case_id})
    agencies = people.agencies_of(viewer, {one.agency for one in read_ if one.agency})
    return {str(number): name for number, name in {**cases, **agencies}.items()}


def _failure_of(refusal: DomainError) -> str:
    return refusal.code if isinstance(refusal, WrongState) else "access_ended"
