"""Make the file of an export: as the person who asked, with their rights of that moment.

Slow parts stand between transactions.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.recorder import record
from kernel.errors import DomainError, NotFound, StepUpRequired
from kernel.exporting.work import Exports, Try, called
from kernel.files.blobs import new_file_key, seal
from kernel.files.store import store
from kernel.outbox.enqueue import owe
from kernel.outbox.works import Overtaken
from kernel.paper.pages import Section
from kernel.viewer import Viewer
from referrals import events
from referrals.api import printing
from referrals.casefile.cases import cipher_of, scope_now, visible_case
from referrals.casefile.selectors import CaseFile, case_file
from referrals.casefile.services.reveal import reveal
from referrals.compartments import compartments_in
from referrals.documents.loose import expect_file, place_of_export
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
from referrals.exporting.services.ask import MADE, refuse_while_ordered, share_to_export, tell
from referrals.models import Export
from referrals.models.export import ExportFailure
from referrals.sharing.preview import preview_of_share

TABLE: Final = "referrals_export"
READY: Final = "export.ready"
EXPORTS: Final = Exports("referrals", MADE, tell)
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
    EXPORTS.make(export_id, _make, failure_of=_failure_of)


def given_up(export_id: UUID) -> None:
    """Say on the page that it has failed, after too many tries."""
    EXPORTS.give_up(export_id)


def _make(attempt: Try) -> None:
    attempt.move(10)
    with attempt.acting() as viewer:
        prepared = _prepare(viewer, own_export(viewer, attempt.export_id))
        expect_file(prepared.row.case_id, attempt.export_id)
    attempt.move(40)
    content = prepared.written()
    attempt.move(80)
    key = new_file_key()
    place = place_of_export(prepared.row.case_id, attempt.export_id, attempt.number)
    try:
        store().put(place, seal(key, place, content))
        with attempt.acting() as viewer:
            _finish(viewer, prepared, key, content)
    except (DomainError, Overtaken):
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
    of = (prepared.scope, len(content), digest, sealed)
    if called("default", "referrals.finish_export", row.pk, *of) is None:
        raise Overtaken
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


def _failure_of(refusal: DomainError) -> str:
    if isinstance(refusal, StepUpRequired):
        return ExportFailure.FACTOR_OLD
    return ExportFailure.ACCESS_ENDED
