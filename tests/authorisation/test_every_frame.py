"""Every frame has a row, and every room is heard by the seats of its row and by nobody else."""

import ast
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, get_args

import pytest
from django.conf import settings

from kernel.live import frames, rooms
from tests.authorisation.expecting import SEATS, STRANGERS
from tests.authorisation.frames import KINDS, ROOMS, SAID, TOLD, Room
from tests.authorisation.rows import SEEN_BY
from tests.authorisation.scene import Scene
from tests.support.ear import Ear
from tests.support.server import Server, wait_for
from tests.support.world import Seated, World, in_days

pytestmark = [pytest.mark.database, pytest.mark.table]

ROOT = Path(__file__).resolve().parents[2]
OURS = ("platform/kernel", "audit", "agencies", "referrals", "meetings")
IN_SQL = re.compile(r"kernel\.ring\([^;]*?, '([a-z._]+)',|'((?:seat|meeting|point)\.[a-z_]+)'")
ANNOUNCES: Final = {"announce": 2, "tell_live": 2}
"""Where these take the kind of an event."""


def sources() -> Iterator[str]:
    for folder in OURS:
        for path in (ROOT / folder).rglob("*.py"):
            yield path.read_text()


def kinds_in(text: str) -> Iterator[str]:
    """The kinds that a source announces, in Python and in SQL."""
    yield from (one or other for one, other in IN_SQL.findall(text))
    if not any(name in text for name in ANNOUNCES):
        return
    for call in ast.walk(ast.parse(text)):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            place = ANNOUNCES.get(call.func.id)
            if place is not None and len(call.args) > place:
                said = call.args[place]
                if isinstance(said, ast.Constant):
                    yield str(said.value)
                elif isinstance(said, ast.Name) and said.id.isupper():
                    yield "changed" if said.id == "CHANGED" else said.id


def test_every_frame_has_a_row():
    told = {
        name
        for name, made in inspect.getmembers(frames, inspect.isfunction)
        if made.__module__ == frames.__name__
        and made.__annotations__.get("return") is str
        and not name.startswith("_")
    }
    assert told == set(TOLD), "what a browser is told"
    assert set(frames._SHAPES) == set(SAID), "what a browser may say"
    assert {kind.__name__.lower() for kind in get_args(frames.Message)} == set(SAID)
    assert set(rooms._kinds) == {room.kind for room in ROOMS}, "kinds of rooms"
    assert {kind for text in sources() for kind in kinds_in(text)} == set(KINDS), "kinds of events"


def test_a_frame_holds_what_its_row_says():
    made = {
        "event": frames.event("case:x", 1, "changed", None),
        "caught_up": frames.caught_up("case:x", 1),
        "refused": frames.refused("case:x"),
        "ping": frames.ping(),
    }
    assert {name: tuple(json.loads(text)) for name, text in made.items()} == dict(TOLD)


def name_of(room: Room, scene: Scene) -> str:
    """How a browser calls the room."""
    world = scene.world
    named = {
        "the school": world.pilot.accession.unit_id,
        "the gendarmerie": world.gendarme.accession.unit_id,
        "the coordination": world.cell.coordination_unit_id,
        "the pilot's": world.pilot.person.seat_id,
        "the coordinator's": world.coordinator.person.seat_id,
        "the auditor's": world.auditor.person.seat_id,
    }
    return f"{room.kind}:{named[room.about] if room.about in named else scene.the(room.about)}"


def ear_of(server: Server, seat: Seated) -> Ear:
    return Ear(server, seat.browser.cookies[settings.SESSION_COOKIE_NAME].value)


def everybody(scene: Scene, strangers: World) -> dict[str, Seated]:
    """All seats of the cell, and some of another one."""
    abroad = {f"abroad {who}": strangers.everybody()[who] for who in STRANGERS}
    return {who: scene.world.everybody()[who] for who in SEATS} | abroad


def test_a_room_is_heard_by_the_seats_of_its_row(scene, strangers, server, cells):
    names = {name_of(room, scene): room for room in ROOMS}
    assert len(names) == len(ROOMS)
    for who, seat in everybody(scene, strangers).items():
        ear = ear_of(server, seat)
        for name in names:
            ear.say(type="watch", room=name, last_seq=0)
        answers: dict[str, str] = {}
        while len(answers) < len(names):
            frame = ear.until(lambda told: told["type"] in ("caught_up", "refused"))
            answers[frame["room"]] = frame["type"]
        for name, room in names.items():
            with cells.cell(room, who):
                assert answers[name] == ("caught_up" if who in room.hears else "refused")
        with cells.cell("every frame", who):
            assert scene.mark not in json.dumps(ear.frames)
            assert all(set(frame) == set(TOLD[frame["type"]]) for frame in ear.frames)
            assert {f["kind"] for f in ear.frames if f["type"] == "event"} <= set(KINDS)
        ear.close()


def test_a_change_is_told_in_the_room_of_its_case_to_those_who_see_it(
    scene, strangers, server, cells
):
    case_id = scene.fresh("activated")
    room, ears = f"case:{case_id}", {}
    for who, seat in everybody(scene, strangers).items():
        ears[who] = ear_of(server, seat)
        ears[who].say(type="watch", room=room, last_seq=0)
        ears[who].until(lambda told: told["type"] in ("caught_up", "refused"))
        ears[who].frames.clear()
    body = {
        "kind": "supervision",
        "owner_accession": str(scene.world.gendarme.accession_id),
        "due_on": in_days(7).isoformat(),
        "note": f"Passage {scene.mark}",
    }
    answer = scene.world.coordinator.browser.post(
        f"/api/v1/referrals/{case_id}/measures/", body, content_type="application/json"
    )
    assert answer.status_code == 201, answer.content
    sees = SEEN_BY["activated"]
    for who in sees:
        wait_for(lambda ear=ears[who]: heard(ear), within=5, what=f"{who} hears of it")
    for who, ear in ears.items():
        with cells.cell("a measure", who):
            events = heard(ear)
            assert bool(events) == (who in sees)
            assert {event["room"] for event in events} <= {room}
            assert {(event["kind"], event["subject"]) for event in events} <= {("changed", None)}
            assert scene.mark not in json.dumps(ear.frames)
        ear.close()


def heard(ear: Ear) -> list[dict[str, object]]:
    """The events of a page since it was caught up."""
    ear.listen(0.05)
    return [frame for frame in ear.frames if frame["type"] == "event"]
