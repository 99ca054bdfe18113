"""The same key gives the same answer: a double click or a retry writes once."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.urls import reverse

from tests.authorisation.operations import OPERATIONS, Operation
from tests.kernel.http.corpus import JSON
from tests.kernel.http.test_bad_requests import copy_of
from tests.support.at_once import at_once
from tests.support.cells import parts, some
from tests.support.database import admin
from tests.support.escalating import body_of
from tests.support.searching import database_name, fingerprint

pytestmark = [pytest.mark.database, pytest.mark.table]

WITHOUT_KEY = {
    "referrals:search": "writes nothing",
    "referrals:within": "writes nothing but the record of the search",
    "referrals:preview": "writes nothing but the record of the look",
    "referrals:why": "writes nothing but the record of the question",
    "referrals:reveal": "writes nothing but the record of the reading",
    "referrals:autosave": "each save carries the version that it follows",
    "agencies:switch": "the place that one is in is taken once more",
    "api-places": "the place that one is in is taken once more",
    "audit:verification": "writes nothing but the record of it",
    "audit:witness": "writes nothing but the record of the comparison",
    "audit:withdraw_witness": "what is withdrawn once is withdrawn",
    "agencies:confirm": "a code serves once by itself",
    "agencies:ask_new_passkey": "each question is a new one and serves once",
    "agencies:link_replacement": "a newer link takes the place of the older one",
    "agencies:identities": "each way to the provider is a new one",
    "agencies:end_session": "what is ended once is ended",
    "agencies:end_others": "what is ended once is ended",
    "api-session-factor": "a code serves once by itself",
    "api-referrals-search": "writes nothing",
    "api-referrals-within": "writes nothing but the record of the search",
    "api-referrals-preview": "writes nothing but the record of the look",
    "api-referrals-explain": "writes nothing but the record of the question",
    "api-parties-reveal": "writes nothing but the record of the reading",
    "api-audit-verification": "writes nothing but the record of it",
}
WRITES = [op for op in OPERATIONS if op.method == "POST" and op.may and op.name not in WITHOUT_KEY]


def sent(scene, operation: Operation, object_id, body: dict[str, Any], key: str) -> HttpResponse:
    address = reverse(operation.name, kwargs=operation.place(object_id))
    browser = scene.world.everybody()[min(operation.may)].browser
    if operation.is_api:
        headers = {"Idempotency-Key": key}
        return browser.post(address, json.dumps(body), content_type=JSON, headers=headers)
    return browser.post(address, {"_key": key, **body})


def answer_of(response: HttpResponse) -> tuple[int, str, bytes]:
    """What a client takes from an answer."""
    body = response.content if response.headers["Content-Type"] == JSON else b""
    return response.status_code, response.headers.get("Location", ""), body


def with_draft_version(scene, operation: Operation, object_id) -> dict[str, Any]:
    body = dict(operation.body(scene, object_id))
    if operation.name == "referrals:draft":
        body["_version"] = "2"
    return body


@pytest.mark.parametrize("part", parts())
def test_sent_twice_is_done_once(scene, cells, part):
    for operation in some("once", WRITES, 40)[part :: len(parts())]:
        with cells.cell(operation):
            _is_done_once(scene, operation)


def _is_done_once(scene, operation: Operation) -> None:
    object_id = scene.fresh(operation.about) if operation.about else None
    body, key = with_draft_version(scene, operation, object_id), uuid4().hex
    first = sent(scene, operation, object_id, body, key)
    assert first.status_code == operation.answers, first.content
    before = fingerprint()
    again = sent(scene, operation, object_id, body, key)
    assert fingerprint() == before
    assert answer_of(again) == answer_of(first)
    if operation.name == "referrals:start":
        return  # its form has no field
    other = body | ({"version": 99} if operation.is_api else {"_version": "99"})
    response = sent(scene, operation, object_id, other, key)
    assert response.status_code in (409, 422), response.content
    assert fingerprint() == before


def test_a_key_does_not_stand_for_another_act(scene):
    case_id, key = scene.fresh("submitted"), uuid4().hex
    browser = scene.world.coordinator.browser
    headers = {"Idempotency-Key": key}
    done = browser.post(
        f"/api/v1/referrals/{case_id}/acknowledge/",
        {"version": scene.version_of(case_id)},
        content_type=JSON,
        headers=headers,
    )
    assert done.status_code == 200
    other = browser.post(
        f"/api/v1/referrals/{scene.fresh('submitted')}/acknowledge/",
        {"version": 1},
        content_type=JSON,
        headers=headers,
    )
    assert other.status_code == 409
    assert "clé d'envoi" in other.json()["error"]["message"]


def test_a_key_belongs_to_the_seat_that_chose_it(scene, abroad):
    """Guessing somebody's key gives no answer of theirs."""
    key = uuid4().hex
    headers = {"Idempotency-Key": key}
    posted = {"content_type": JSON, "headers": headers}
    browsers = [scene.world.pilot, scene.world.other_pilot, abroad.pilot]
    answers = [
        seat.browser.post("/api/v1/referrals/", json.dumps(body_of()), **posted).json()["id"]
        for seat in browsers
    ]
    assert len(set(answers)) == 3


def test_every_chosen_value_counts(scene):
    """Two forms that differ only in one of several ticked boxes are two forms."""
    operation = next(op for op in WRITES if op.name == "referrals:share")
    case_id, key = scene.fresh("activated"), uuid4().hex
    body = dict(operation.body(scene, case_id))
    body["share-compartments"] = ["facts", "school_steps"]
    assert sent(scene, operation, case_id, body, key).status_code == 302
    body["share-compartments"] = ["identity_target", "school_steps"]
    assert sent(scene, operation, case_id, body, key).status_code == 409


def test_the_order_of_the_fields_does_not_count(scene):
    case_id, key = scene.fresh("submitted"), uuid4().hex
    headers = {"Idempotency-Key": key}
    fields = {"gravity": 2, "urgency": "high", "version": scene.version_of(case_id)}
    answers = [
        scene.world.coordinator.browser.post(
            f"/api/v1/referrals/{case_id}/triage/", body, content_type=JSON, headers=headers
        )
        for body in (fields, dict(reversed(fields.items())))
    ]
    assert [answer.status_code for answer in answers] == [200, 200]


def test_a_refused_act_leaves_its_key_free(scene):
    """What was refused was not done: mended, it may be sent under the same key."""
    case_id, key = scene.fresh("activated"), uuid4().hex
    operation = next(op for op in WRITES if op.name == "api-referrals-shares")
    body = dict(operation.body(scene, case_id))
    refused = sent(scene, operation, case_id, body | {"until": "2001-01-01"}, key)
    assert refused.status_code == 422
    assert sent(scene, operation, case_id, body, key).status_code == 201


def count_of(cell_id: int) -> int:
    with admin(database_name()) as connection:
        statement = "SELECT count(*) FROM referrals_case WHERE cell_id = %s"
        return int(connection.execute(statement, [cell_id]).fetchone()[0])


@pytest.mark.parametrize("door", ["page", "api"])
def test_two_at_the_same_moment_are_one(world, door):
    """Both requests are under way before either is done."""
    browser, key = world.pilot.browser, uuid4().hex
    world.draft()
    before = count_of(world.cell.pk)

    def send() -> HttpResponse:
        own = copy_of(browser)
        if door == "page":
            return own.post("/saisines/nouvelle/", {"_key": key})
        headers = {"Idempotency-Key": key}
        body = json.dumps(body_of())
        return own.post("/api/v1/referrals/", body, content_type=JSON, headers=headers)

    answers = at_once("LOCK TABLE referrals_case IN SHARE MODE", acts=[send, send, send])
    assert {answer.status_code for answer in answers} == {302 if door == "page" else 201}
    where = {answer_of(answer) for answer in answers}
    assert len(where) == 1
    assert count_of(world.cell.pk) == before + 1
