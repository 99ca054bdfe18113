"""The API of meetings: the same services, strict about what it is sent, never a 500."""

import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client

from kernel.clock import now
from tests.meetings.conftest import a_meeting, a_shared_case, opened
from tests.support.world import World, in_days

API = "/api/v1/meetings/"


def send(browser: Client, path: str, body: object) -> tuple[int, dict]:  # type: ignore[type-arg]
    text = body if isinstance(body, str) else json.dumps(body)
    answered = browser.post(path, text, content_type="application/json")
    return answered.status_code, answered.json()


def convening(world: World, case_id: UUID, **changed: object) -> dict[str, object]:
    return {
        "case": str(case_id),
        "starts_at": (now() + timedelta(days=1)).isoformat(),
        "agencies": [str(world.gendarme.accession_id)],
        **changed,
    }


def deciding(world: World, **changed: object) -> dict[str, object]:
    return {
        "code": "hearing",
        "text": "Entendre les parents",
        "owner": str(world.gendarme.accession_id),
        "due_on": in_days(9).isoformat(),
        **changed,
    }


def test_a_meeting_from_beginning_to_end(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme)
    coordinator, gendarme = world.coordinator.browser, world.gendarme.browser
    status, room = send(coordinator, API, convening(world, case_id))
    assert (status, room["state"]) == (201, "planned")
    path = f"{API}{room['id']}/"
    assert gendarme.get(API).json()["coming"][0]["id"] == room["id"]
    status, room = send(coordinator, f"{path}open/", {"version": room["version"]})
    assert (status, room["state"]) == (200, "open")
    status, made = send(gendarme, f"{path}decisions/", deciding(world))
    assert status == 201
    (line,) = coordinator.get(f"{path}decisions/").json()["results"]
    assert (line["id"], line["text"]) == (made["id"], "Entendre les parents")
    status, room = send(coordinator, f"{path}end/", {"version": room["version"]})
    assert (status, room["state"]) == (200, "held")
    assert gendarme.get(API).json()["past"][0]["id"] == room["id"]


def test_the_agency_without_scope_is_named_with_what_to_do(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme)
    body = convening(world, case_id, agencies=[str(world.police.accession_id)])
    status, answered = send(world.coordinator.browser, API, body)
    assert status == 422
    assert "proposez-lui d'abord un partage" in answered["error"]["fields"]["agencies"][0]


def test_the_same_key_convenes_once(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme)
    body = json.dumps(convening(world, case_id))
    made = [
        world.coordinator.browser.post(
            API, body, content_type="application/json", headers={"Idempotency-Key": "k1"}
        ).json()["id"]
        for _each in range(2)
    ]
    assert made[0] == made[1]
    assert len(world.coordinator.browser.get(API).json()["coming"]) == 1


def test_a_stale_version_says_what_has_changed(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = opened(world, a_meeting(world, case_id, world.gendarme))
    status, answered = send(world.coordinator.browser, f"{API}{meeting_id}/end/", {"version": 1})
    assert status == 409
    assert set(answered["error"]["changed"]) == {"state", "version"}


BAD_CONVENING: list[dict[str, object]] = [
    {"case": "not-a-uuid"},
    {"case": None},
    {"case": True},
    {"case": str(uuid4())},
    {"starts_at": "tomorrow"},
    {"starts_at": "2026-02-30T10:00:00Z"},
    {"starts_at": "0001-01-01T00:00:00+23:59"},
    {"starts_at": "9999-12-31T23:59:59-23:59"},
    {"starts_at": 12},
    {"starts_at": None},
    {"agencies": []},
    {"agencies": "all"},
    {"agencies": [None]},
    {"agencies": [{"id": 1}]},
    {"agencies": [str(uuid4())]},
    {"agencies": [str(uuid4()) for _each in range(41)]},
    {"secret": 1},
    {"viewers": [1, 2, 3]},
    {"\x00": 1},
    {"\ud800": 1},
]


@pytest.mark.parametrize("changed", BAD_CONVENING)
def test_bad_convening_is_refused_with_a_reason(world: World, changed: dict[str, object]) -> None:
    case_id = a_shared_case(world, world.gendarme)
    status, answered = send(world.coordinator.browser, API, convening(world, case_id, **changed))
    assert status in (404, 422)
    assert answered["error"]["message"]
    assert world.coordinator.browser.get(API).json()["coming"] == []


BAD_DECISIONS: list[dict[str, object]] = [
    {"code": "execute"},
    {"code": None},
    {"code": ["hearing"]},
    {"text": ""},
    {"text": 5},
    {"text": True},
    {"text": "a\x00b"},
    {"text": "a\ud800b"},
    {"text": "x" * 2001},
    {"owner": "me"},
    {"owner": str(uuid4())},
    {"due_on": "2026-02-30"},
    {"due_on": "1999-01-01"},
    {"due_on": "9999-12-31"},
    {"due_on": 5},
    {"position": 0},
    {"position": 101},
    {"position": 7},
    {"position": "1; DROP TABLE"},
    {"recorded_by": str(uuid4())},
]


@pytest.mark.parametrize("changed", BAD_DECISIONS)
def test_a_bad_decision_is_refused_with_a_reason(world: World, changed: dict[str, object]) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = opened(world, a_meeting(world, case_id, world.gendarme))
    path = f"{API}{meeting_id}/decisions/"
    status, answered = send(world.gendarme.browser, path, deciding(world, **changed))
    assert status in (404, 422)
    assert answered["error"]["message"]
    assert world.gendarme.browser.get(path).json()["results"] == []


@pytest.mark.parametrize(
    "body", ["true", "null", "[]", "{", '"x"', '{"case": 1, "case": 2}', "NaN", "[" * 3000]
)
def test_a_body_that_is_no_object_is_refused(world: World, body: str) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = a_meeting(world, case_id, world.gendarme)
    for path in (API, f"{API}{meeting_id}/decisions/", f"{API}{meeting_id}/open/"):
        status, answered = send(world.coordinator.browser, path, body)
        assert status in (400, 422), (path, answered)
        assert answered["error"]["message"]


def test_without_a_session_or_a_token_nothing_is_done(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme)
    assert send(Client(), API, convening(world, case_id))[0] == 401
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = world.coordinator.browser.cookies
    status, answered = send(strict, API, convening(world, case_id))
    assert (status, answered["error"]["code"]) == (403, "csrf_failed")


def test_wrong_pages_of_lists_are_refused(world: World) -> None:
    for before in ("x", "2026-01-01_", "2026-01-01T00:00:00_" + str(uuid4()), "\x00"):
        answered = world.coordinator.browser.get(API, {"before": before})
        assert answered.status_code == 422
