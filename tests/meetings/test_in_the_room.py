"""Two people in two browsers: each sees the other arrive and leave, and what the other decides."""

from datetime import datetime
from uuid import UUID

from django.urls import reverse

from kernel.live import limits
from kernel.scope import acting_as
from meetings import selectors
from referrals.sharing.selectors import shares_of_case
from referrals.sharing.services import answer
from tests.meetings.conftest import Ears, a_meeting, a_shared_case, ear_of, opened
from tests.support.ear import Ear, Frame
from tests.support.server import wait_for, web_server
from tests.support.sittings import run
from tests.support.world import Seated, World, in_days

PROMISED = 2.0


def names(world: World, reader: Seated, meeting_id: UUID) -> set[str]:
    """Who is in the room, as this reader sees it."""
    with acting_as(reader.viewer) as viewer:
        here = selectors.who_is_here(viewer, meeting_id)
    return {person.name for _agency, people in here for person in people}


def of_kind(ear: Ear, kind: str, *, within: float = PROMISED) -> Frame:
    return ear.until(lambda f: f["type"] == "event" and f["kind"] == kind, within=within)


def test_each_sees_the_other_arrive_and_leave(world: World, ears: Ears) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = opened(world, a_meeting(world, case_id, world.gendarme))
    room = f"meeting:{meeting_id}"
    coordinator = ears.of(world.coordinator)
    coordinator.watch(room)
    mine = world.coordinator.viewer.display_name
    theirs = world.gendarme.viewer.display_name
    assert names(world, world.gendarme, meeting_id) == {mine}

    gendarme = ears.of(world.gendarme)
    gendarme.watch(room)
    taken = of_kind(coordinator, "seat.taken")
    of_kind(coordinator, "seat.taken")
    assert set(taken) == {"type", "room", "seq", "kind", "subject"}
    assert names(world, world.coordinator, meeting_id) == {mine, theirs}
    fragment = world.coordinator.browser.get(reverse("meetings:people", args=[meeting_id]))
    assert theirs in fragment.content.decode()
    assert world.gendarme.viewer.agency_name in fragment.content.decode()

    gendarme.close()
    of_kind(coordinator, "seat.left", within=limits.LEAVE_AFTER + PROMISED)
    assert names(world, world.coordinator, meeting_id) == {mine}


def test_a_page_that_is_loaded_again_has_not_left(world: World, ears: Ears) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = opened(world, a_meeting(world, case_id, world.gendarme))
    room = f"meeting:{meeting_id}"
    first = ears.of(world.gendarme)
    first.watch(room)
    first.close()
    ears.of(world.gendarme).watch(room)
    attended = wait_for(
        lambda: _over_and_running(world, meeting_id),
        within=limits.LEAVE_AFTER + PROMISED,
        what="the first visit is over",
    )
    first_left, second_joined = attended  # type: ignore[misc]  # a pair, once there is one
    assert second_joined < first_left, "at no moment was nobody there"


def _over_and_running(world: World, meeting_id: UUID) -> tuple[datetime, datetime] | None:
    with acting_as(world.coordinator.viewer) as viewer:
        first, second = selectors.attendance(viewer, meeting_id)
    assert second.left_at is None
    return (first.left_at, second.joined_at) if first.left_at else None


def test_two_pages_of_one_person_are_one_person(world: World, ears: Ears) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = opened(world, a_meeting(world, case_id, world.gendarme))
    for _each in range(2):
        ears.of(world.gendarme).watch(f"meeting:{meeting_id}")
    with acting_as(world.coordinator.viewer) as viewer:
        ((_agency, people),) = selectors.who_is_here(viewer, meeting_id)
        assert len(people) == 1
        assert len(selectors.attendance(viewer, meeting_id)) == 2


def test_the_record_of_who_was_there_matches_the_sockets(world: World, ears: Ears) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = opened(world, a_meeting(world, case_id, world.gendarme))
    ear = ears.of(world.gendarme)
    ear.watch(f"meeting:{meeting_id}")
    ear.say(type="unwatch", room=f"meeting:{meeting_id}")

    def over() -> bool:
        with acting_as(world.coordinator.viewer) as viewer:
            (visit,) = selectors.attendance(viewer, meeting_id)
            return visit.left_at is not None and visit.left_at >= visit.joined_at

    wait_for(over, within=PROMISED, what="the visit is over")


def test_a_decision_of_one_appears_at_the_other(world: World, ears: Ears) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = opened(world, a_meeting(world, case_id, world.gendarme))
    coordinator = ears.of(world.coordinator)
    coordinator.watch(f"meeting:{meeting_id}")
    coordinator.watch(f"case:{case_id}")
    sent = {
        "code": "support",
        "text": "Une association appelle la famille",
        "owner": str(world.gendarme.accession_id),
        "due_on": in_days(5).isoformat(),
    }
    address = reverse("meetings:decisions", args=[meeting_id])
    assert world.gendarme.browser.post(address, sent).status_code == 302
    told = coordinator.until(
        lambda f: (
            f["type"] == "event"
            and f["kind"] == "decision.recorded"
            and f["room"] == f"meeting:{meeting_id}"
        ),
        within=PROMISED,
    )
    assert str(case_id) not in str(told)
    assert "association" not in str(coordinator.frames)
    fragment = world.coordinator.browser.get(address, headers={"X-Background": "1"})
    assert "Une association appelle la famille" in fragment.content.decode()


def test_strangers_hear_nothing_of_the_room(world: World, elsewhere: World, ears: Ears) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = opened(world, a_meeting(world, case_id, world.gendarme))
    for stranger in (world.police, world.pilot, world.auditor, elsewhere.coordinator):
        ear = ears.of(stranger)
        for room in (f"meeting:{meeting_id}", "meeting:x", "meeting:"):
            ear.say(type="watch", room=room, last_seq=0)
            ear.until(lambda f, room=room: f == {"type": "refused", "room": room})
    assert names(world, world.coordinator, meeting_id) == set()


def test_who_loses_the_case_during_the_meeting_is_out_of_the_room(world: World, ears: Ears) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = opened(world, a_meeting(world, case_id, world.gendarme))
    room = f"meeting:{meeting_id}"
    coordinator, gendarme = ears.of(world.coordinator), ears.of(world.gendarme)
    coordinator.watch(room)
    gendarme.watch(room)
    with acting_as(world.coordinator.viewer) as viewer:
        answer.revoke(viewer, shares_of_case(viewer, case_id)[0].pk)
    heard = len(gendarme.frames)
    from meetings.services.conduct import end_meeting

    with acting_as(world.coordinator.viewer) as viewer:
        end_meeting(viewer, meeting_id)
    of_kind(coordinator, "meeting.held")
    gendarme.until(lambda f: f == {"type": "refused", "room": room}, within=5)
    told = [f for f in gendarme.frames[heard:] if f["type"] == "event" and f["room"] == room]
    assert told == []


def test_a_visit_that_a_killed_server_left_behind_runs_out(world: World, ears: Ears) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = opened(world, a_meeting(world, case_id, world.gendarme))
    room = f"meeting:{meeting_id}"
    with web_server() as doomed:
        lost = ear_of(doomed, world.gendarme)
        lost.watch(room)
        doomed.process.kill()
        doomed.process.wait()
        lost.close()
    assert names(world, world.coordinator, meeting_id) == {world.gendarme.viewer.display_name}
    run(
        "UPDATE meetings_presence SET seen_at = now() - interval '50 seconds'"
        " WHERE meeting_id = %s",
        meeting_id,
    )
    assert names(world, world.coordinator, meeting_id) == set()
    coordinator = ears.of(world.coordinator)
    coordinator.watch(room)
    with acting_as(world.coordinator.viewer) as viewer:
        assert len(selectors.attendance(viewer, meeting_id)) == 2
    of_kind(coordinator, "seat.left", within=limits.STAY_EVERY + PROMISED)
    with acting_as(world.coordinator.viewer) as viewer:
        assert [v.left_at is None for v in selectors.attendance(viewer, meeting_id)] == [
            False,
            True,
        ]


def test_when_the_meeting_ends_everybody_has_left(world: World, ears: Ears) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = opened(world, a_meeting(world, case_id, world.gendarme))
    ear = ears.of(world.gendarme)
    ear.watch(f"meeting:{meeting_id}")
    answered = world.coordinator.browser.post(reverse("meetings:end", args=[meeting_id]))
    assert answered.status_code == 302
    of_kind(ear, "meeting.held")
    assert names(world, world.coordinator, meeting_id) == set()
    late = ears.of(world.coordinator)
    late.watch(f"meeting:{meeting_id}")
    assert names(world, world.coordinator, meeting_id) == set()
