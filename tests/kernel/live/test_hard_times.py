"""Readers that do not read, a PostgreSQL that cannot be reached, a server that is killed."""

import statistics
import time

from kernel.live import limits
from tests.kernel.live.conftest import Opens
from tests.support.ear import Ear
from tests.support.line import cuttable_line
from tests.support.server import Server, wait_for, web_server
from tests.support.sittings import Sitting, sit

SHORT = "tests.support.short_lease:application"


def _delays(one: Sitting, ear: Ear, rounds: int) -> list[float]:
    delays = []
    for _each in range(rounds):
        seq = one.ring()
        began = time.monotonic()
        ear.event(seq, within=2.0)
        delays.append(time.monotonic() - began)
    return delays


def test_a_reader_that_does_not_read_is_cut_off_and_the_others_do_not_notice(
    page: Opens, server: Server
) -> None:
    crowded, calm = sit(), sit()
    good = page(calm)
    good.watch(calm.room)
    before = statistics.median(_delays(calm, good, 10))
    memory = server.memory()
    frozen = [page(crowded, small_buffer=True) for _each in range(5)]
    for ear in frozen:
        ear.say(type="watch", room=crowded.room, last_seq=0)
    for _each in range(4):
        crowded.ring(times=1000)
    deadline = time.monotonic() + limits.SEND_WITHIN + 4
    during = []
    while time.monotonic() < deadline:
        during += _delays(calm, good, 1)
        good.listen(0.2)
    for ear in frozen:
        assert ear.until_closed(within=30) in (limits.TRY_AGAIN_LATER, 1006)
        told = sum(f["type"] == "event" for f in ear.frames)
        assert told < 4000, "it was cut off, not served to the end"
    assert statistics.median(during) < before + 0.2
    assert max(during) < 2.0
    assert server.memory() - memory < 50 * 1024 * 1024


def test_who_was_cut_off_comes_back_and_misses_nothing(page: Opens) -> None:
    one = sit()
    frozen = page(one, small_buffer=True)
    frozen.say(type="watch", room=one.room, last_seq=0)
    one.ring(times=900)
    ear = page(one)
    ear.watch(one.room, last_seq=0)
    assert [f["seq"] for f in ear.frames if f["type"] == "event"] == list(range(1, 901))


def test_without_postgresql_the_socket_is_closed_when_the_lease_ends(page: Opens) -> None:
    one = sit()
    with (
        cuttable_line() as line,
        web_server(SHORT, REMPART_DB_HOST=str(line.folder)) as server,
    ):
        ear = page(one, at=server)
        ear.watch(one.room)
        line.cut()
        cut = time.monotonic()
        one.ring()
        assert ear.until_closed(within=12) == limits.ENDED
        assert time.monotonic() - cut > 2.0, "a short absence is borne"
        assert ear.rooms() == set(), "nothing is told without a yes"
        late = page(one, at=server)
        assert late.until_closed() == limits.TRY_AGAIN_LATER


def test_a_short_absence_of_postgresql_is_borne_and_caught_up(page: Opens) -> None:
    one = sit()
    with cuttable_line() as line, web_server(REMPART_DB_HOST=str(line.folder)) as server:
        ear = page(one, at=server)
        ear.watch(one.room)
        line.cut()
        seq = one.ring(times=3)
        wait_for(lambda: "could not look" in server.printed(), within=8, what="it looked in vain")
        line.mend()
        ear.event(seq, within=8)
        assert [f["seq"] for f in ear.frames if f["type"] == "event"] == [1, 2, 3]


def test_a_killed_server_loses_nothing_of_what_was_committed(page: Opens) -> None:
    one = sit()
    with web_server() as first:
        ear = page(one, at=first)
        ear.watch(one.room)
        one.ring()
        ear.event(1)
        first.process.kill()
        one.ring(times=4)
        assert ear.until_closed(within=5) == 1006
    with web_server() as second:
        again = page(one, at=second)
        assert again.watch(one.room, last_seq=1) == 5
        assert [f["seq"] for f in again.frames if f["type"] == "event"] == [2, 3, 4, 5]


def test_a_server_that_is_asked_to_stop_closes_its_sockets_at_once(page: Opens) -> None:
    one = sit()
    with web_server() as server:
        ear = page(one, at=server)
        ear.watch(one.room)
        began = time.monotonic()
        server.process.terminate()
        assert ear.until_closed(within=5) == 1012
        server.process.wait(timeout=6)
        assert time.monotonic() - began < 6
        assert "Traceback" not in server.printed()
