"""A socket hears only what its person may hear, and stops hearing it when the right ends."""

import time
from collections.abc import Callable

import pytest

from kernel.live import limits
from tests.kernel.live.conftest import Opens
from tests.support.sittings import Sitting, end_seat, run, sign_out, sit

PROMISED = 5.0
"""Seconds from the end of a right to the end of the socket."""


def strip_of_unit(person: Sitting) -> None:
    run("UPDATE kernel_seat SET units = '{}', version = version + 1 WHERE id = %s", person.seat_id)


@pytest.mark.parametrize(
    "room",
    ["unit:1", "unit:999999999", "unit:", "unit:x", "nothing:1", ":", "unit", "case:1"],
)
def test_a_room_of_others_and_a_room_that_is_none_are_refused_alike(page: Opens, room: str) -> None:
    ear = page(sit())
    ear.say(type="watch", room=room, last_seq=0)
    assert ear.until(lambda f: f["type"] == "refused") == {"type": "refused", "room": room}


def test_another_units_room_is_refused_and_stays_silent(page: Opens) -> None:
    one, stranger = sit(), sit()
    ear = page(stranger)
    ear.watch(stranger.room)
    ear.say(type="watch", room=one.room, last_seq=0)
    ear.until(lambda f: f["type"] == "refused" and f["room"] == one.room)
    one.ring()
    stranger.ring()
    ear.event(1)
    ear.listen(2.0)
    assert ear.rooms() == {stranger.room}


def test_the_same_number_in_another_cell_is_another_room(page: Opens) -> None:
    # A unit's number names one unit of one cell; were it ever reused, the cell still divides.
    one = sit()
    other_cell = sit(unit=one.unit)
    ear = page(other_cell)
    ear.watch(one.room)
    one.ring()
    assert [f for f in ear.listen(2.2) if f["type"] == "event"] == []


@pytest.mark.parametrize("ending", [sign_out, end_seat], ids=["signed out", "membership ended"])
def test_who_has_lost_the_seat_is_cut_off_and_hears_nothing_more(
    page: Opens, ending: Callable[[Sitting], None]
) -> None:
    leaver = sit()
    stayer = sit(leaver.cell_id, leaver.unit)
    ear, control = page(leaver), page(stayer)
    ear.watch(leaver.room)
    control.watch(leaver.room)
    stayer.ring()
    ear.event(1)
    control.event(1)
    ending(leaver)
    ended = time.monotonic()
    last = stayer.ring(times=5)
    assert ear.until_closed(within=PROMISED) == limits.ENDED
    assert time.monotonic() - ended < PROMISED
    assert [f["seq"] for f in ear.frames if f["type"] == "event"] == [1]
    control.event(last)


def test_a_revocation_without_a_bell_or_a_word_is_noticed(page: Opens) -> None:
    person = sit()
    ear = page(person)
    ear.watch(person.room)
    sign_out(person)
    assert ear.until_closed(within=PROMISED) == limits.ENDED


def test_a_right_to_a_room_that_ends_ends_its_events_and_not_the_socket(page: Opens) -> None:
    person = sit()
    colleague = sit(person.cell_id, person.unit)
    ear = page(person)
    ear.watch(person.room)
    strip_of_unit(person)
    colleague.ring()
    refused = ear.until(lambda f: f["type"] in ("refused", "event"))
    assert refused == {"type": "refused", "room": person.room}
    colleague.ring()
    assert [f for f in ear.listen(2.2) if f["type"] == "event"] == []
    assert ear.closed_with is None


def test_an_event_made_after_the_revocation_is_never_told(page: Opens) -> None:
    for _each in range(10):
        leaver = sit()
        stayer = sit(leaver.cell_id, leaver.unit)
        ear = page(leaver)
        ear.watch(leaver.room)
        sign_out(leaver)
        stayer.ring()
        assert ear.until_closed(within=PROMISED) == limits.ENDED
        assert ear.rooms() == set()
