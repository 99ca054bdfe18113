"""Make an export of the record: as the auditor who asked, with their rights of that moment.

The work has a session of its own for two minutes, minted for this export and for nothing else.
Entries are read in portions, each in a transaction of its own, so that nothing waits long behind
it and whoever watches sees it go on. Whatever dies on the way, the row of the outbox brings the
work back.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connections, transaction
from django.utils import timezone, translation

from audit import people, references
from audit.desk.exporting.ask import chosen
from audit.desk.exporting.rows import Extract, my_extract, tell
from audit.leaf import read
from audit.recorder import record
from audit.selectors import scoped_connection
from audit.witnessing import exports, proofs
from audit.witnessing.events import EXPORTED
from kernel.crypto.keyring import root_key
from kernel.errors import DomainError, NotFound, SignInRequired, Unavailable, WrongState
from kernel.files.blobs import new_file_key, seal
from kernel.files.store import store
from kernel.http.sessions import token_hash
from kernel.scope import acting_with
from kernel.viewer import Viewer

PORTION: Final = 1_000


def make(export_id: UUID) -> None:
    """Make the file, unless it is made or has failed. Safe to run twice."""
    token = secrets.token_hex(32)
    if not _ask_worker("SELECT audit.open_export(%s, %s)", export_id, token_hash(token)):
        return
    try:
        with translation.override(settings.LANGUAGE_CODE):
            _make(export_id, token)
    except Unavailable:
        raise
    except WrongState as refusal:
        _fail(export_id, token, refusal.code)
    except DomainError:
        _fail(export_id, token, "access_ended")
    finally:
        _ask_worker("SELECT audit.close_export(%s)", token_hash(token))


def given_up(export_id: UUID) -> None:
    """Say on the page that it has failed, after too many tries."""
    _ask_worker("SELECT audit.fail_export(%s, 'broken')", export_id)


def place_of(cell_id: int, export_id: UUID) -> str:
    """Where the sealed file lies."""
    return f"journal/{cell_id}/{export_id}.export"


def context_of(export_id: UUID) -> bytes:
    """What binds the wrapped key of a file to its row."""
    return f"audit_export\0file_key\0{export_id}".encode()


def _make(export_id: UUID, token: str) -> None:
    _move(export_id, token, 5)
    with acting_with(token) as viewer:
        row = my_extract(viewer, export_id)
        stored, keys = chosen(viewer, row.filters)
    entries: list[tuple[int, bytes]] = []
    for start in range(0, len(keys), PORTION):
        with acting_with(token):
            portion = keys[start : start + PORTION]
            entries += proofs.entries_at(scoped_connection(), stored, portion)
        _move(export_id, token, 5 + 60 * (start + len(portion)) // len(keys))
    with acting_with(token) as viewer:
        what = exports.found(scoped_connection(), stored, entries)
        called = _called(viewer, entries)
    made = exports.made(what, filters=row.filters.as_text(), made_at=timezone.now(), called=called)
    _move(export_id, token, 85)
    content, key, place = (
        exports.archived(made.parts),
        new_file_key(),
        place_of(viewer.cell_id, row.id),
    )
    store().put(place, seal(key, place, content))
    wrapped = root_key().wrap(key, context_of(row.id))
    try:
        with acting_with(token) as viewer:
            _finish(viewer, row, made, len(content), wrapped)
    except DomainError:
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
    if not _ask(
        "SELECT audit.finish_export(%s, %s, %s, %s, %s, %s)",
        *(row.id, made.entries, made.stored.size, weight, made.digest, wrapped),
    ):
        raise NotFound
    tell(viewer)


def _called(viewer: Viewer, entries: list[tuple[int, bytes]]) -> Mapping[str, str]:
    """References of cases and names of agencies, as the journal's page has them. No person's."""
    read_ = [read(leaf) for _index, leaf in entries]
    cases = references.references_of(viewer, {one.case_id for one in read_ if one.case_id})
    agencies = people.agencies_of(viewer, {one.agency for one in read_ if one.agency})
    return {str(number): name for number, name in {**cases, **agencies}.items()}


def _move(export_id: UUID, token: str, done: int) -> None:
    """How far it is, for whoever watches. Raises SignInRequired when there is nobody any more."""
    with acting_with(token) as viewer:
        _ask("SELECT audit.move_export(%s, %s)", export_id, done)
        tell(viewer)


def _fail(export_id: UUID, token: str, why: str) -> None:
    """Say why on the page, and ring for whoever may still hear it."""
    _ask_worker("SELECT audit.fail_export(%s, %s)", export_id, why)
    try:
        with acting_with(token) as viewer:
            tell(viewer)
    except SignInRequired:
        return


def _ask(statement: str, *values: Any) -> Any:
    with connections["default"].cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


def _ask_worker(statement: str, *values: Any) -> Any:
    with transaction.atomic(using="worker"), connections["worker"].cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]
