"""A socket only tells: no frame from a browser does what pages and the API do.

So nothing over a socket ever needs a factor shown a moment ago (``infra/decisions/0008``).
"""

import json
from dataclasses import asdict
from typing import get_args

from django.conf import settings

from kernel.live import frames, limits
from tests.authorisation.operations import OPERATIONS
from tests.support.database import admin
from tests.support.ear import Ear
from tests.support.searching import database_name, fingerprint

WRITTEN_BY_BEING_THERE = {"meetings_presence", "kernel_live_event", "kernel_live_room"}


def ear_of(server, scene, who):
    cookie = scene.world.everybody()[who].browser.cookies[settings.SESSION_COOKIE_NAME]
    return Ear(server, cookie.value)


def kinds_on_record():
    with admin(database_name()) as connection:
        rows = connection.execute("SELECT kind, count(*) FROM audit_entry GROUP BY kind")
        return dict(rows.fetchall())


def acts(scene):
    """Every act that a page or the API knows, as a frame, with whoever may do it there."""
    found = []
    for operation in OPERATIONS:
        if operation.method == "get" or not operation.may:
            continue
        about = scene.the(operation.about) if operation.about else None
        body = dict(operation.body(scene, about))
        who = min(operation.may & scene.world.everybody().keys())
        found.append((who, {**body, "type": operation.name, "id": about}))
        found.append((who, {**body, "type": "watch", "room": f"case:{about}", "last_seq": 0}))
    return found


def test_a_browser_can_say_three_things():
    assert {kind.__name__ for kind in get_args(frames.Message)} == {"Watch", "Unwatch", "Pong"}
    assert set(frames._SHAPES) == {"watch", "unwatch", "pong"}
    assert set(asdict(frames.Watch("case:1", 0))) == {"room", "last_seq"}


def test_every_act_sent_as_a_frame_closes_the_socket_and_changes_nothing(scene, server):
    sent = [
        (who, frame) for who, frame in acts(scene) if set(frame) != {"type", "room", "last_seq"}
    ]
    assert len(sent) > 100
    for who in scene.world.everybody():
        ear_of(server, scene, who).close()
    before, record = fingerprint(), kinds_on_record()
    for who, frame in sent:
        ear = ear_of(server, scene, who)
        ear.socket.send(json.dumps(frame, default=str))
        assert ear.until_closed() in (limits.AGAINST_THE_RULES, limits.TOO_BIG), frame
        ear.close()
    assert fingerprint() == before
    after = kinds_on_record()
    assert {kind for kind in after if after[kind] != record.get(kind)} <= {"access.refused"}


def test_the_frames_that_there_are_note_who_is_in_a_room_and_nothing_else(scene, server):
    browser = scene.world.coordinator.browser
    assert browser.get("/").status_code == 200
    before, record = fingerprint(), kinds_on_record()
    ear = ear_of(server, scene, "coordinator")
    for room in (f"case:{scene.the('activated')}", f"meeting:{scene.the('sitting')}"):
        ear.watch(room)
        ear.say(type="pong")
        ear.say(type="unwatch", room=room)
    ear.watch(f"unit:{scene.world.coordinator.viewer.units[0]}")
    ear.close()
    after, recorded = fingerprint(), kinds_on_record()
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= WRITTEN_BY_BEING_THERE
    assert "meetings_presence" in changed
    new = {kind for kind in recorded if recorded[kind] != record.get(kind)}
    assert new == {"meeting.entered"}
