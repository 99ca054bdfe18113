"""Frames that are not part of the conversation end it, with the code that says why."""

import json

import pytest

from kernel.live import limits
from tests.kernel.live.conftest import Opens
from tests.support.server import Server
from tests.support.sittings import run, sit

RULES, UNREADABLE = limits.AGAINST_THE_RULES, limits.UNREADABLE
BAD: list[tuple[str | bytes, int]] = [
    ("", UNREADABLE),
    ("hello", UNREADABLE),
    ("{", UNREADABLE),
    (b"\x00\x01", UNREADABLE),
    (b'{"type": "pong"}', UNREADABLE),
    ("[" * 4000, UNREADABLE),
    ("true", RULES),
    ("null", RULES),
    ("[]", RULES),
    ('"pong"', RULES),
    ("{}", RULES),
    ('{"type": null}', RULES),
    ('{"type": ["pong"]}', RULES),
    ('{"type": "shout"}', RULES),
    ('{"type": "__class__"}', RULES),
    ('{"type": "pong", "more": 1}', RULES),
    ('{"type": "watch", "room": "unit:1"}', RULES),
    ('{"type": "watch", "room": "unit:1", "last_seq": "0"}', RULES),
    ('{"type": "watch", "room": "unit:1", "last_seq": true}', RULES),
    ('{"type": "watch", "room": "unit:1", "last_seq": -1}', RULES),
    ('{"type": "watch", "room": "unit:1", "last_seq": 1.0}', RULES),
    ('{"type": "watch", "room": "unit:1", "last_seq": NaN}', RULES),
    ('{"type": "watch", "room": "unit:1", "last_seq": 99999999999999999999}', RULES),
    ('{"type": "watch", "room": "unit:1", "last_seq": 0, "as": "somebody"}', RULES),
    ('{"type": "watch", "room": 7, "last_seq": 0}', RULES),
    ('{"type": "watch", "room": "", "last_seq": 0}', RULES),
    ('{"type": "watch", "room": "unit:1\\u0000", "last_seq": 0}', RULES),
    ('{"type": "watch", "room": "unit:\\u0663", "last_seq": 0}', RULES),
    ('{"type": "watch", "room": "unit:\\ud800", "last_seq": 0}', RULES),
    (json.dumps({"type": "watch", "room": "u" * 81, "last_seq": 0}), RULES),
    ('{"type": "unwatch", "room": null}', RULES),
    (json.dumps({"type": "pong", "pad": "x" * 4096}), limits.TOO_BIG),
    ("é" * 2100, limits.TOO_BIG),
]


@pytest.mark.parametrize(("text", "code"), BAD)
def test_a_bad_frame_closes_the_socket(page: Opens, text: str | bytes, code: int) -> None:
    ear = page(sit())
    ear.socket.send(text)
    assert ear.until_closed() == code


def test_bad_frames_leave_no_trace_of_an_error(page: Opens, server: Server) -> None:
    for text, _code in BAD:
        ear = page(sit())
        ear.socket.send(text)
        ear.until_closed()
    assert "Traceback" not in server.printed()


def test_a_flood_of_messages_ends_the_socket_and_disturbs_nobody(page: Opens) -> None:
    one, flooder = sit(), sit()
    calm, ear = page(one), page(flooder)
    calm.watch(one.room)
    for _each in range(limits.MESSAGES_PER_SECOND + 1):
        ear.say(type="pong")
    assert ear.until_closed() == RULES
    seq = one.ring()
    calm.event(seq)


def test_messages_within_the_limit_are_all_taken(page: Opens) -> None:
    one = sit()
    ear = page(one)
    for _each in range(limits.MESSAGES_PER_SECOND - 1):
        ear.say(type="pong")
    assert ear.watch(one.room) == 0


def test_a_socket_has_a_bounded_number_of_rooms(page: Opens) -> None:
    person = sit()
    units = list(range(person.unit, person.unit + limits.ROOMS + 1))
    run("UPDATE kernel_seat SET units = %s WHERE id = %s", units, person.seat_id)
    ear = page(person)
    for unit in units[:-1]:
        ear.watch(f"unit:{unit}")
        ear.listen(0.05)
    ear.say(type="watch", room=f"unit:{units[-1]}", last_seq=0)
    assert ear.until_closed() == RULES
