"""Make the file of an export: as the person who asked, with their rights of that moment.

The work has a session of its own for two minutes, minted for this export and for nothing else.
Slow parts stand between transactions. Whatever dies on the way, the row of the outbox brings the
work back.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection, connections, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from audit.recorder import record
from kernel.errors import DomainError, NotFound, SignInRequired, StepUpRequired, Unavailable
from kernel.files.blobs import new_file_key, seal
from kernel.files.store import store
from kernel.http.sessions import token_hash
from kernel.outbox.enqueue import owe
from kernel.paper.pages import Section
from kernel.scope import acting_with
from kernel.viewer import Viewer
from referrals import events
from referrals.api import printing
from referrals.casefile.cases import cipher_of, scope_now, visible_case
from referrals.casefile.selectors import CaseFile, case_file
from referrals.casefile.services.reveal import reveal
from referrals.compartments import compartments_in
from referrals.documents.loose import expect_file, place
from referrals.exporting.contents import exported
from referrals.exporting.files import Cover, written
from referrals.exporting.person import (
    LEFT_OUT,
    person_data,
    scope_of_person,
    sections_of_person,
)
from referrals.exporting.sections import sections_of
from referrals.exporting.selectors import own_export
from referrals.exporting.services.ask import refuse_while_ordered, share_to_export, tell
from referrals.models import Export
from referrals.models.export import ExportFailure
from referrals.sharing.preview import preview_of_share

TABLE: Final = "referrals_export"
READY: Final = "export.ready"
NAMES: Final = _("Les noms des élèves et le contenu des documents.")
UNSEEN: Final = _("%(part)s : le service la reçoit, vous ne la voyez pas.")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was read for an export, in the transaction that read it: no row is needed after."""

    row: Export
    cover: Cover
    scope: int
    about: str
    data: dict[str, Any]
    sections: list[Section]

    def written(self) -> bytes:
        """The file."""
        return written(self.row.form, self.cover, self.about, self.data, self.sections)


def make(export_id: UUID) -> None:
    """Make the file, unless it is made or has failed. Safe to run twice."""
    token = secrets.token_hex(32)
    if not _open(export_id, token):
        return
    try:
        with translation.override(settings.LANGUAGE_CODE):
            _make(export_id, token)
    except Unavailable:
        raise
    except StepUpRequired:
        _fail(export_id, token, ExportFailure.FACTOR_OLD)
    except DomainError:
        _fail(export_id, token, ExportFailure.ACCESS_ENDED)
    finally:
        _close(token)


def given_up(export_id: UUID) -> None:
    """Say on the page that it has failed, after too many tries."""
    token = secrets.token_hex(32)
    if not _open(export_id, token):
        return
    try:
        _fail(export_id, token, ExportFailure.BROKEN)
    finally:
        _close(token)


def place_of(row: Export) -> str:
    """Where the sealed file lies."""
    return place(row.case_id, row.pk, "export")


def _make(export_id: UUID, token: str) -> None:
    _move(export_id, token, 10)
    with acting_with(token) as viewer:
        prepared = _prepare(viewer, own_export(viewer, export_id))
        expect_file(prepared.row.case_id, export_id)
    _move(export_id, token, 40)
    content = prepared.written()
    _move(export_id, token, 80)
    key, place = new_file_key(), place_of(prepared.row)
    store().put(place, seal(key, place, content))
    try:
        with acting_with(token) as viewer:
            _finish(viewer, prepared, key, content)
    except DomainError:
        store().delete(place)
        raise


def _prepare(viewer: Viewer, row: Export) -> Prepared:
    """Read the case exactly as its page does, for the asker, one pupil, or a share's agency."""
    if row.party_id is not None:
        return _of_person(viewer, row, row.party_id)
    left_out = [str(NAMES)]
    if row.share_id is None:
        opened = case_file(viewer, row.case_id)
    else:
        preview = preview_of_share(viewer, row.share_id, bound_by_secrecy=False)
        opened = preview.file
        left_out += [str(UNSEEN) % {"part": part.label} for part in preview.unseen]
    data = exported(printing.case_file(opened))
    scope = opened.scope & scope_now(opened.case)
    cover = _cover(viewer, row, opened, left_out)
    return Prepared(row, cover, scope, "case", data, sections_of(data))


def _of_person(viewer: Viewer, row: Export, party_id: UUID) -> Prepared:
    """One pupil's own data. Their name is shown as on the page, and recorded as there."""
    opened = case_file(viewer, row.case_id)
    party = next((one for one in opened.parties if one.id == party_id), None)
    if party is None:
        raise NotFound(case_id=row.case_id)
    data = person_data(opened, party, reveal(viewer, party_id))
    scope = opened.scope & scope_of_person(party.role)
    cover = _cover(viewer, row, opened, [str(sentence) for sentence in LEFT_OUT])
    return Prepared(row, cover, scope, "person", data, sections_of_person(data))


def _cover(viewer: Viewer, row: Export, opened: CaseFile, left_out: list[str]) -> Cover:
    return Cover(
        receipt=row.receipt,
        reference=opened.case.reference or "",
        reader=viewer.display_name,
        agency=viewer.agency_name,
        recipient=row.recipient_name,
        purpose=row.get_purpose_display(),
        made_at=timezone.now(),
        left_out=tuple(left_out),
    )


def _finish(viewer: Viewer, prepared: Prepared, key: bytes, content: bytes) -> None:
    """Write down that the file is there, if what is in it may still be seen."""
    row = prepared.row
    case = visible_case(viewer, row.case_id)
    refuse_while_ordered(case, row.share_id, row.party_id)
    if row.share_id is not None:
        share_to_export(viewer, case.pk, row.share_id)
    if scope_now(case) & prepared.scope != prepared.scope:
        raise NotFound
    cipher = cipher_of(case)
    digest = hashlib.sha256(content).hexdigest()
    sealed = cipher.seal(TABLE, "file_key", row.pk, key.hex())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT referrals.finish_export(%s, %s, %s, %s, %s)",
            [row.pk, prepared.scope, len(content), digest, sealed],
        )
        if cursor.fetchone()[0] is None:
            raise NotFound
    record(
        events.EXPORT_MADE,
        viewer=viewer,
        case_id=row.case_id,
        subject_id=row.pk,
        receipt=row.receipt,
        form=str(row.form),
        goal=str(row.purpose),
        compartments=[part.code for part in compartments_in(prepared.scope)],
        bytes=len(content),
        sha256=digest,
    )
    owe(
        connection,
        cell_id=viewer.cell_id,
        event_id=row.pk,
        kind=READY,
        recipients=[viewer.account_id],
        subject_id=row.case_id,
        channels=("inbox",),
    )
    tell(viewer)


def _move(export_id: UUID, token: str, done: int) -> None:
    """How far it is, for whoever watches. Raises SignInRequired when there is nobody any more."""
    with acting_with(token) as viewer, connection.cursor() as cursor:
        cursor.execute("SELECT referrals.move_export(%s, %s)", [export_id, done])
        tell(viewer)


def _fail(export_id: UUID, token: str, why: ExportFailure) -> None:
    """Say why on the page. A seat that has ended hears no bell; its row says it all the same."""
    try:
        with acting_with(token) as viewer:
            with connection.cursor() as cursor:
                cursor.execute("SELECT referrals.fail_export(%s, %s)", [export_id, why])
            tell(viewer)
    except SignInRequired:
        _ask_worker("SELECT referrals.fail_export(%s, %s)", export_id, why)


def _open(export_id: UUID, token: str) -> bool:
    return bool(_ask_worker("SELECT referrals.open_export(%s, %s)", export_id, token_hash(token)))


def _close(token: str) -> None:
    _ask_worker("SELECT referrals.close_export(%s)", token_hash(token))


def _ask_worker(statement: str, *values: Any) -> Any:
    with transaction.atomic(using="worker"), connections["worker"].cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]
