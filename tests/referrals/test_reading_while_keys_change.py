"""A key that is replaced between reading a row and opening it keeps nobody from reading on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection

from kernel.clock import now
from kernel.scope import acting_as
from kernel.viewer import Viewer
from meetings.models import Meeting
from meetings.selectors import decisions
from meetings.services.conduct import open_meeting
from meetings.services.convene import convene
from meetings.services.record_decision import record_decision
from meetings.states import DecisionCode
from referrals.compartments import Compartment
from referrals.documents.selectors import document_line
from referrals.documents.services.read import begin_reading
from referrals.documents.services.upload import arrived, begin_upload, receive_part
from referrals.exporting.services.fetch import begin_taking
from referrals.intake.services.save_draft import read_draft
from referrals.keeping.rotate_case import rotate_case
from referrals.sharing.glass import by_week
from referrals.sharing.requests import request_for
from referrals.sharing.services.ask import ask_information
from tests.referrals.test_breaking_the_glass import WHY, broken
from tests.support.documents import a_document, a_pdf
from tests.support.exports import made
from tests.support.world import Seated, World, in_days

pytestmark = pytest.mark.database
C = Compartment


@contextmanager
def replaced_just_before(case_id: UUID) -> Iterator[list[str]]:
    """The key of the case is replaced at the moment at which somebody is about to read it."""
    seen: list[str] = []

    def wrapper(execute: Callable[..., object], sql: str, *rest: object) -> object:
        if not seen and ("referrals_case_key" in sql or "reason_key" in sql):
            seen.append(sql)
            rotate_case(case_id)
        return execute(sql, *rest)

    with connection.execute_wrapper(wrapper):
        yield seen


def decided(world: World, case_id: UUID) -> UUID:
    with acting_as(world.coordinator.viewer) as viewer:
        meeting: Meeting = convene(
            viewer,
            case_id,
            starts_at=now() + timedelta(hours=1),
            agencies=[world.gendarme.accession_id],
        )
        open_meeting(viewer, meeting.pk)
        record_decision(
            viewer,
            meeting.pk,
            code=DecisionCode.OTHER,
            text="Appeler la famille.",
            due_on=in_days(3),
            owner_accession=None,
        )
    return meeting.pk


def test_whoever_has_a_row_reads_on_by_the_new_key(world):
    case_id = world.activated()
    world.shared(case_id, world.gendarme, C.FACTS)
    document = a_document(world.pilot, case_id, content=a_pdf("Nina"))
    meeting, draft = decided(world, case_id), world.draft()
    broken(world, world.police, case_id)
    with acting_as(world.gendarme.viewer) as viewer:
        asked = ask_information(viewer, case_id, compartments=[C.FACTS], question="Quand ?").pk
    export = made(world.coordinator, case_id)
    with acting_as(world.pilot.viewer) as viewer:
        upload = begin_upload(viewer, case_id, 3)
        receive_part(viewer, upload.pk, offset=0, content=b"abc")

    def reason(viewer: Viewer) -> object:
        (week,) = by_week(viewer)
        return [(one.reason, one.unreadable) for one in week.broken] == [(WHY, False)]

    readings: list[tuple[Seated, UUID, Callable[[Viewer], object]]] = [
        (world.coordinator, case_id, lambda viewer: document_line(viewer, document).about.name),
        (world.coordinator, case_id, lambda viewer: begin_reading(viewer, document, how="preview")),
        (world.coordinator, case_id, lambda viewer: request_for(viewer, asked).question),
        (world.coordinator, case_id, lambda viewer: decisions(viewer, meeting)[0].text),
        (world.coordinator, case_id, lambda viewer: begin_taking(viewer, export).file_key),
        (world.pilot, case_id, lambda viewer: arrived(viewer, upload.pk, case_id).file_key),
        (world.pilot, draft, lambda viewer: read_draft(viewer, draft)[2]),
        (world.auditor, case_id, reason),
    ]
    for number, (seat, about, reading) in enumerate(readings):
        with acting_as(seat.viewer) as viewer, replaced_just_before(about) as seen:
            assert reading(viewer), number
            assert seen, number
