"""What a socket is told: every event of its rooms, in order, once, bell or no bell."""

import time

from django.db import transaction
from django.test import override_settings

from kernel.live import announce, doorbell
from kernel.scope import acting_as
from tests.kernel.live.conftest import Opens
from tests.support.bell import private_bell
from tests.support.ear import Ear
from tests.support.server import wait_for, web_server
from tests.support.sittings import Sitting, run, sit

PROMISED = 2.0
"""Seconds from the commit to the other page, whatever has become of the bell."""


def assert_the_bell_is_heard(one: Sitting, ear: Ear) -> None:
    """Most events arrive sooner than the next look, which comes 1.5 s after the last one."""
    quick = 0
    for _each in range(5):
        seq = one.ring()
        began = time.monotonic()
        ear.event(seq)
        quick += time.monotonic() - began < 0.6
    assert quick >= 3


def test_an_event_reaches_the_other_page_at_once(page: Opens) -> None:
    one = sit()
    other = sit(one.cell_id, one.unit)
    ear = page(other)
    ear.watch(one.room)
    seq = one.ring(kind="thing.changed")
    began = time.monotonic()
    frame = ear.event(seq)
    assert time.monotonic() - began < 1.0
    assert set(frame) == {"type", "room", "seq", "kind", "subject"}
    assert (frame["room"], frame["kind"]) == (one.room, "thing.changed")


def test_an_act_that_is_rolled_back_is_never_told(page: Opens) -> None:
    one = sit()
    ear = page(one)
    ear.watch(one.room)
    assert one.ring() == 1
    ear.event(1)
    with acting_as(one.viewer()) as viewer:
        announce(viewer, one.room, "thing.undone")
        transaction.set_rollback(True)
    assert one.ring(kind="thing.done") == 2
    assert ear.event(2)["kind"] == "thing.done"
    assert [f["seq"] for f in ear.frames if f["type"] == "event"] == [1, 2]


def test_after_a_gap_a_page_is_told_what_it_missed_in_order(page: Opens) -> None:
    one = sit()
    ear = page(one)
    ear.watch(one.room)
    one.ring()
    ear.event(1)
    ear.close()
    one.ring(times=150)
    again = page(one)
    assert again.watch(one.room, last_seq=1) == 151
    told = [f["seq"] for f in again.frames if f["type"] == "event"]
    assert told == list(range(2, 152))


def test_a_page_that_knows_everything_is_told_nothing(page: Opens) -> None:
    one = sit()
    one.ring(times=3)
    ear = page(one)
    assert ear.watch(one.room, last_seq=3) == 3
    assert ear.watch(one.room, last_seq=9_000_000) == 3
    assert ear.rooms() == set()
    seq = one.ring()
    assert ear.event(seq)["seq"] == 4


def test_a_very_long_absence_is_told_by_its_newest_thousand(page: Opens) -> None:
    one = sit()
    one.ring(times=1050)
    ear = page(one)
    assert ear.watch(one.room, last_seq=0) == 1050
    assert [f["seq"] for f in ear.frames if f["type"] == "event"] == list(range(51, 1051))


def test_a_room_that_was_left_is_no_longer_told(page: Opens) -> None:
    one = sit()
    ear = page(one)
    ear.watch(one.room)
    ear.say(type="unwatch", room=one.room)
    ear.watch(f"{one.room}")
    ear.say(type="unwatch", room=one.room)
    heard = ear.listen(0.3)
    one.ring()
    assert [f for f in heard + ear.listen(2.2) if f["type"] == "event"] == []


def test_without_any_bell_pages_find_out_by_looking(page: Opens) -> None:
    one = sit()
    with web_server(REMPART_REDIS_URL="unix:///nowhere/bell.sock") as deaf:
        ear = page(one, at=deaf)
        ear.watch(one.room)
        for _each in range(3):
            seq = one.ring()
            began = time.monotonic()
            ear.event(seq)
            assert time.monotonic() - began < PROMISED


def test_a_bell_that_dies_and_comes_back_is_only_a_delay(page: Opens) -> None:
    one = sit()
    with private_bell() as bell, override_settings(REDIS_URL=bell.url):
        doorbell._bell.cache_clear()
        try:
            with web_server() as server:
                ear = page(one, at=server)
                ear.watch(one.room)
                wait_for(bell.listeners, within=5, what="the server listens")
                bell.kill()
                seq = one.ring()
                began = time.monotonic()
                ear.event(seq)
                assert time.monotonic() - began < PROMISED
                bell.start()
                wait_for(bell.listeners, within=8, what="the server listens again")
                assert_the_bell_is_heard(one, ear)
        finally:
            doorbell._bell.cache_clear()


def test_a_bell_that_says_nonsense_disturbs_nobody(page: Opens) -> None:
    one = sit()
    with private_bell() as bell, override_settings(REDIS_URL=bell.url):
        doorbell._bell.cache_clear()
        try:
            with web_server() as server:
                ear = page(one, at=server)
                ear.watch(one.room)
                wait_for(bell.listeners, within=5, what="the server listens")
                for nonsense in ("", "[]", "{", '{"room": 3}', '{"room": ["x"]}', "\x00", "null"):
                    doorbell.ring(nonsense)
                assert_the_bell_is_heard(one, ear)
                assert "Traceback" not in server.printed()
        finally:
            doorbell._bell.cache_clear()


def test_many_pages_hear_the_same_event(page: Opens) -> None:
    one = sit()
    ears = [page(sit(one.cell_id, one.unit)) for _each in range(12)]
    for ear in ears:
        ear.watch(one.room)
    seq = one.ring()
    for ear in ears:
        ear.event(seq, within=PROMISED)


def test_an_open_page_does_not_keep_a_session_alive(page: Opens) -> None:
    one = sit()
    run(
        "UPDATE kernel_session SET idle_until = now() + interval '3 seconds' WHERE seat_id = %s",
        one.seat_id,
    )
    ear = page(one)
    ear.watch(one.room)
    one.ring()
    ear.event(1)
    assert ear.until_closed(within=7) == 4403
