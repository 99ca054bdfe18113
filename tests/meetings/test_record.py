"""What the record says of a meeting, and that lists cost the same however long they are."""

from uuid import UUID

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kernel.scope import acting_as
from meetings import selectors
from meetings.services.record_decision import record_decision
from meetings.states import DecisionCode
from tests.meetings.conftest import Ears, a_meeting, a_shared_case, opened
from tests.support.database import admin
from tests.support.server import wait_for
from tests.support.sittings import database
from tests.support.world import Seated, World, in_days


def entries(who: Seated, kind: str) -> list[tuple[str, UUID | None, UUID | None]]:
    """Outcome, case and subject of this person's entries of a kind, oldest first."""
    with admin(database()) as sight:
        return sight.execute(
            "SELECT outcome, case_id, subject_id FROM audit_entry"
            " WHERE actor = %s AND kind = %s ORDER BY id",
            [who.viewer.account_id, kind],
        ).fetchall()


def decided(world: World, meeting_id: UUID) -> None:
    with acting_as(world.coordinator.viewer) as viewer:
        record_decision(
            viewer,
            meeting_id,
            code=DecisionCode.SUPPORT,
            text="Appeler la famille",
            due_on=in_days(4),
            owner_accession=None,
        )


def test_each_act_is_an_entry_with_its_case(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = opened(world, a_meeting(world, case_id, world.gendarme))
    decided(world, meeting_id)
    coordinator = world.coordinator
    assert entries(coordinator, "meeting.convened") == [("done", case_id, meeting_id)]
    assert entries(coordinator, "meeting.opened") == [("done", None, meeting_id)]
    ((outcome, of_case, decision_id),) = entries(coordinator, "decision.recorded")
    assert (outcome, of_case) == ("done", case_id)
    assert decision_id not in (None, meeting_id)


def test_who_opens_the_room_has_read_the_case(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = opened(world, a_meeting(world, case_id, world.gendarme))
    page = world.gendarme.browser.get(reverse("meetings:meeting", args=[meeting_id]))
    assert page.status_code == 200
    assert entries(world.gendarme, "meeting.read") == [("done", case_id, meeting_id)]


def test_who_enters_is_recorded_and_who_is_refused_too(world: World, ears: Ears) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = opened(world, a_meeting(world, case_id, world.gendarme))
    room = f"meeting:{meeting_id}"
    ears.of(world.gendarme).watch(room)
    assert entries(world.gendarme, "meeting.entered") == [("done", None, meeting_id)]
    ear = ears.of(world.police)
    ear.say(type="watch", room=room, last_seq=0)
    ear.until(lambda f: f == {"type": "refused", "room": room})
    wait_for(
        lambda: [row[0] for row in entries(world.police, "access.refused")] == ["refused"],
        within=2,
        what="the refusal is in the record",
    )


def test_no_word_of_a_decision_is_in_the_record(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = opened(world, a_meeting(world, case_id, world.gendarme))
    decided(world, meeting_id)
    with admin(database()) as sight:
        payloads = sight.execute(
            "SELECT payload FROM audit_entry WHERE cell_id = %s", [world.cell.pk]
        ).fetchall()
    assert payloads
    assert not [1 for (payload,) in payloads if b"famille" in bytes(payload)]


def cost(world: World, who: Seated) -> int:
    """How many statements the list of meetings takes."""
    with acting_as(who.viewer) as viewer, CaptureQueriesContext(connection) as asked:
        found = selectors.meetings_of(viewer)
        selectors.references_of(viewer, [*found.coming, *found.past])
    return len(asked)


def test_a_long_list_costs_what_a_short_one_costs(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme)
    a_meeting(world, case_id, world.gendarme)
    short = cost(world, world.gendarme)
    for _each in range(6):
        a_meeting(world, case_id, world.gendarme)
    assert cost(world, world.gendarme) == short == 4


def test_many_decisions_cost_what_one_costs(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = opened(world, a_meeting(world, case_id, world.gendarme))

    def statements() -> int:
        with acting_as(world.gendarme.viewer) as viewer, CaptureQueriesContext(connection) as asked:
            selectors.decisions(viewer, meeting_id)
        return len(asked)

    decided(world, meeting_id)
    statements()
    one = statements()
    for _each in range(6):
        decided(world, meeting_id)
    assert statements() == one
