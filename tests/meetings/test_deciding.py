"""Decisions: recorded once, by those who may add to the case, for somebody at the table."""

from datetime import date
from uuid import UUID

import pytest
from django.db import DatabaseError, connection
from django.urls import reverse

from kernel.errors import Invalid, NotAllowed, NotFound, WrongState
from kernel.ids import uuid7
from kernel.outbox.inbox import newest
from kernel.outbox.relay import drain
from kernel.scope import acting_as
from kernel.viewer import Viewer
from meetings import selectors
from meetings.models import Decision
from meetings.services import conduct
from meetings.services.record_decision import record_decision
from meetings.states import DecisionCode
from referrals.casefile.services.give_orders import give_orders
from referrals.casework.owners import SHARE_FIRST
from referrals.models.access import Level
from tests.meetings.conftest import a_meeting, a_shared_case, opened
from tests.support.database import admin
from tests.support.sittings import database
from tests.support.world import Seated, World, in_days

WORDS = "Entendre les deux élèves séparément"


def decide(
    viewer: Viewer,
    meeting_id: UUID,
    *,
    owner: Seated | None = None,
    text: str = WORDS,
    due_on: date | None = None,
    code: DecisionCode = DecisionCode.HEARING,
) -> Decision:
    return record_decision(
        viewer,
        meeting_id,
        code=code,
        text=text,
        due_on=due_on or in_days(10),
        owner_accession=owner.accession_id if owner else None,
    )


def in_session(world: World, *, level: Level = Level.CONTRIBUTE) -> UUID:
    case_id = a_shared_case(world, world.gendarme, level=level)
    return opened(world, a_meeting(world, case_id, world.gendarme))


@pytest.mark.parametrize("who", ["coordinator", "gendarme"])
def test_those_at_the_table_who_work_on_the_case_decide(world: World, who: str) -> None:
    meeting_id = in_session(world)
    with acting_as(getattr(world, who).viewer) as viewer:
        decide(viewer, meeting_id, owner=world.gendarme)
    for reader in (world.coordinator, world.gendarme):
        with acting_as(reader.viewer) as viewer:
            (line,) = selectors.decisions(viewer, meeting_id)
            assert line.text == WORDS
            assert line.decision.owner_unit == world.gendarme.accession.unit_id


def test_the_prosecutor_who_was_asked_decides(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = opened(world, a_meeting(world, case_id, world.gendarme, world.prosecutor))
    with acting_as(world.prosecutor.viewer) as viewer:
        decide(viewer, meeting_id)
        (line,) = selectors.decisions(viewer, meeting_id)
    assert line.decision.owner == "Coordination de la cellule"


def test_who_may_only_read_the_case_does_not_decide(world: World) -> None:
    meeting_id = in_session(world, level=Level.READ)
    with pytest.raises(NotAllowed), acting_as(world.gendarme.viewer) as viewer:
        decide(viewer, meeting_id)


def test_the_database_refuses_them_too(world: World) -> None:
    meeting_id = in_session(world, level=Level.READ)
    with acting_as(world.coordinator.viewer) as viewer:
        row = decide(viewer, meeting_id)
    row.id, row.recorded_by = UUID(int=row.case_id.int ^ 1), world.gendarme.viewer.seat_id
    with (
        pytest.raises(DatabaseError, match="row-level security"),
        acting_as(world.gendarme.viewer),
    ):
        Decision.objects.bulk_create([row])


@pytest.mark.parametrize("who", ["police", "pilot", "other_pilot", "auditor"])
def test_who_is_not_at_the_table_does_not_decide(world: World, who: str) -> None:
    meeting_id = in_session(world)
    with pytest.raises(NotFound), acting_as(getattr(world, who).viewer) as viewer:
        decide(viewer, meeting_id)


def test_nothing_is_decided_before_or_after(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = a_meeting(world, case_id, world.gendarme)
    with pytest.raises(WrongState), acting_as(world.coordinator.viewer) as viewer:
        decide(viewer, meeting_id)
    opened(world, meeting_id)
    with acting_as(world.coordinator.viewer) as viewer:
        conduct.end_meeting(viewer, meeting_id)
    with pytest.raises(WrongState), acting_as(world.coordinator.viewer) as viewer:
        decide(viewer, meeting_id)


def test_an_owner_without_scope_needs_a_share_first(world: World) -> None:
    meeting_id = in_session(world)
    with pytest.raises(Invalid) as refused, acting_as(world.coordinator.viewer) as viewer:
        decide(viewer, meeting_id, owner=world.police)
    assert refused.value.fields == {"owner": [SHARE_FIRST]}


def test_a_partner_is_not_told_who_else_has_a_share(world: World) -> None:
    """The same words of an agency that reads the case, of one that does not, and of none."""
    case_id = a_shared_case(world, world.gendarme, world.victim_support)
    meeting_id = opened(world, a_meeting(world, case_id, world.gendarme))
    refusals = set()
    for owner in (world.victim_support, world.pilot, world.police, world.cell_admin):
        with pytest.raises(Invalid) as refused, acting_as(world.gendarme.viewer) as viewer:
            decide(viewer, meeting_id, owner=owner)
        refusals.add((refused.value.code, str(refused.value.message), str(refused.value.fields)))
    assert len(refusals) == 1


def test_no_interview_is_decided_while_the_prosecutor_has_paused_them(world: World) -> None:
    meeting_id = in_session(world)
    with acting_as(world.coordinator.viewer) as viewer:
        row = decide(viewer, meeting_id)
    with acting_as(world.prosecutor.viewer) as viewer:
        give_orders(viewer, row.case_id, freeze_acts=False, pause_interviews=True)
    for seat in (world.coordinator, world.gendarme):
        with pytest.raises(WrongState) as refused, acting_as(seat.viewer) as viewer:
            decide(viewer, meeting_id, code=DecisionCode.INTERVIEW)
        assert refused.value.code == "interviews_paused"
        row.id, row.recorded_by = uuid7(), seat.viewer.seat_id
        row.code = DecisionCode.INTERVIEW
        with pytest.raises(DatabaseError, match="paused interviews"), acting_as(seat.viewer):
            Decision.objects.bulk_create([row])
        with acting_as(seat.viewer) as viewer:
            decide(viewer, meeting_id)


def test_an_owner_who_is_not_at_the_table_is_refused(world: World) -> None:
    meeting_id = in_session(world)
    with pytest.raises(Invalid) as refused, acting_as(world.coordinator.viewer) as viewer:
        decide(viewer, meeting_id, owner=world.pilot)
    assert "pas convié" in str(refused.value.fields["owner"][0])


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"text": "   "}, "text"),
        ({"text": "x" * 2001}, "text"),
        ({"due_on": in_days(-1)}, "due_on"),
        ({"due_on": in_days(800)}, "due_on"),
    ],
)
def test_words_and_dates_are_checked(world: World, values: dict, field: str) -> None:  # type: ignore[type-arg]
    meeting_id = in_session(world)
    with pytest.raises(Invalid) as refused, acting_as(world.coordinator.viewer) as viewer:
        decide(viewer, meeting_id, **values)
    assert set(refused.value.fields) == {field}


def test_the_words_are_sealed_in_the_table(world: World) -> None:
    meeting_id = in_session(world)
    with acting_as(world.coordinator.viewer) as viewer:
        row = decide(viewer, meeting_id)
    with admin(database()) as connection_:
        stored = connection_.execute(
            "SELECT content, meetings_decision::text FROM meetings_decision WHERE id = %s", [row.pk]
        ).fetchone()
    assert stored is not None
    assert WORDS.encode() not in bytes(stored[0])
    assert WORDS not in stored[1]


def test_a_decision_is_never_changed_or_removed(world: World) -> None:
    meeting_id = in_session(world)
    with acting_as(world.coordinator.viewer) as viewer:
        decide(viewer, meeting_id)
    for statement in (
        "UPDATE meetings_decision SET due_on = now()",
        "DELETE FROM meetings_decision",
    ):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            acting_as(world.coordinator.viewer),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_the_owner_is_told_without_a_word_of_the_case(world: World) -> None:
    meeting_id = in_session(world)
    with acting_as(world.coordinator.viewer) as viewer:
        decide(viewer, meeting_id, owner=world.gendarme)
    drain()
    with acting_as(world.gendarme.viewer) as viewer:
        assert newest(viewer)[0].kind == "decision.recorded"
        assert newest(viewer)[0].subject_id == meeting_id


def test_the_same_form_sent_twice_decides_once(world: World) -> None:
    meeting_id = in_session(world)
    sent = {
        "code": "hearing",
        "text": WORDS,
        "owner": str(world.gendarme.accession_id),
        "due_on": in_days(5).isoformat(),
        "_key": "the-same-key",
    }
    browser = world.gendarme.browser
    address = reverse("meetings:decisions", args=[meeting_id])
    for _each in range(2):
        assert browser.post(address, sent).status_code == 302
    with acting_as(world.gendarme.viewer) as viewer:
        assert len(selectors.decisions(viewer, meeting_id)) == 1


def test_a_form_with_a_mistake_keeps_what_was_typed(world: World) -> None:
    meeting_id = in_session(world)
    sent = {"code": "hearing", "text": WORDS, "owner": "coordination", "due_on": "2001-01-01"}
    answered = world.gendarme.browser.post(reverse("meetings:decisions", args=[meeting_id]), sent)
    assert answered.status_code == 422
    assert WORDS in answered.content.decode()


def test_the_meeting_is_conducted_by_its_chairs_alone(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = a_meeting(world, case_id, world.gendarme)
    for act in (conduct.open_meeting, conduct.end_meeting, conduct.cancel):
        with pytest.raises(NotAllowed), acting_as(world.gendarme.viewer) as viewer:
            act(viewer, meeting_id)
    with acting_as(world.coordinator.viewer) as viewer:
        conduct.cancel(viewer, meeting_id)
    for act in (conduct.open_meeting, conduct.end_meeting, conduct.cancel):
        with pytest.raises(WrongState), acting_as(world.coordinator.viewer) as viewer:
            act(viewer, meeting_id)
