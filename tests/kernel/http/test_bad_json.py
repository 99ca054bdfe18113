"""Bodies that the API cannot take: a clear refusal in French, nothing changed, never a crash."""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from tests.authorisation.operations import OPERATIONS, Operation
from tests.kernel.http import corpus
from tests.support.cells import pairs, some
from tests.support.searching import fingerprint

pytestmark = pytest.mark.table

TAKES_BYTES = {"api-uploads-parts"}
CALLS = [
    op for op in OPERATIONS if op.is_api and op.method == "POST" and op.name not in TAKES_BYTES
]
TAKES_NO_BODY = {"api-audit-verification"}
READING = [op for op in CALLS if op.name not in TAKES_NO_BODY]


def sent(scene, operation: Operation, body: bytes, content_type: str = corpus.JSON):
    """The answer to somebody who may do it."""
    object_id = scene.the(operation.about) if operation.about else None
    address = reverse(operation.name, kwargs=operation.place(object_id))
    browser = scene.world.everybody()[min(operation.may)].browser
    return browser.post(address, body, content_type=content_type)


def refusal_of(response, status: int) -> dict[str, Any]:
    """The refusal, after checking that it is one: status, shape, language, and no entrails."""
    text = response.content.decode()
    assert response.status_code == status, text[:500]
    assert response.headers["Content-Type"] == "application/json"
    for entrail in ("Traceback", "/site-packages/", "psycopg", "rest_framework", 'File "'):
        assert entrail not in text
    body = json.loads(text)
    assert set(body) == {"error"}
    refused: dict[str, Any] = body["error"]
    assert isinstance(refused["message"], str)
    assert refused["message"]
    assert len(text) < 20_000
    return refused


@pytest.fixture(autouse=True, scope="module")
def _nothing_changes(scene):
    before = fingerprint()
    yield
    after = fingerprint()
    people = ("agencies_", "kernel_unit", "kernel_seat", "otp_")
    changed = {name for name in before if before[name] != after[name]}
    assert {name for name in changed if not name.startswith(people)} == set()


def test_what_is_no_object_is_refused(scene, cells):
    for operation, body in pairs("no object", READING, list(corpus.NO_OBJECT)):
        with cells.cell(operation, body):
            refused = refusal_of(sent(scene, operation, corpus.NO_OBJECT[body]), 422)
            assert refused["fields"]


def test_what_is_no_json_is_refused(scene, cells):
    for operation, body in pairs("no JSON", READING, list(corpus.NO_JSON), times=2):
        with cells.cell(operation, body):
            refused = refusal_of(sent(scene, operation, corpus.NO_JSON[body]), 400)
            assert "JSON" in refused["message"]


def test_an_unknown_field_is_refused(scene, cells):
    for operation, body in pairs("unknown", READING, list(corpus.UNKNOWN)):
        with cells.cell(operation, body):
            refused = refusal_of(sent(scene, operation, corpus.UNKNOWN[body]), 422)
            assert refused["code"] == "invalid"
            said = {message for each in refused["fields"].values() for message in each}
            assert "Ce champ n'existe pas." in said


def test_what_is_too_long_is_refused(scene, cells):
    for operation, body in pairs("too long", READING, list(corpus.TOO_LONG)):
        with cells.cell(operation, body):
            refused = refusal_of(sent(scene, operation, corpus.TOO_LONG[body]), 413)
            assert refused["message"] == "La demande est trop longue."


def test_another_type_of_content_is_refused(scene, cells):
    for operation, content_type in pairs("types", READING, corpus.NOT_JSON_TYPES):
        with cells.cell(operation, content_type):
            refusal_of(sent(scene, operation, b"{}", content_type), 415)


def holes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every place in a body where a plain value stands."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from holes(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value[:1]):
            yield from holes(inner, (*path, index))
    else:
        yield path, value


def with_value(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The body with another value in one place."""
    changed = copy.deepcopy(body)
    place = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


def without(body: Any, path: tuple[Any, ...]) -> Any:
    """The body with one place missing."""
    changed = copy.deepcopy(body)
    place = changed
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return changed


def never(value: Any) -> dict[str, Any]:
    """What can never stand where this value does."""
    if isinstance(value, bool):
        return {"a word": "peut-être", "a list": [], "an object": {}, "null": None, "a number": 7}
    if isinstance(value, int):
        return corpus.NEVER_NUMBER
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return corpus.NEVER_TEXT | corpus.NEVER_DATE
    return corpus.NEVER_TEXT


WITH_FIELDS = [
    op
    for op in CALLS
    if op.name
    not in {
        *TAKES_NO_BODY,
        *("api-shares-accept", "api-shares-revoke", "api-measures-done", "api-parties-reveal"),
    }
]


def test_a_wrong_value_is_named(scene, cells):
    """Each field, with values that can never stand there: 422, and the field is said."""
    for operation in WITH_FIELDS:
        object_id = scene.the(operation.about) if operation.about else uuid4()
        body = operation.body(scene, object_id)
        for path, value in holes(body):
            for what, wrong in some(f"{operation} {path}", list(never(value).items()), 2):
                with cells.cell(operation, path, what):
                    text = json.dumps(with_value(body, path, wrong)).replace("Infinity", "1e400")
                    response = sent(scene, operation, text.encode("utf-8", "surrogatepass"))
                    refused = refusal_of(response, 422)
                    named = [name.split(".")[0] for name in refused.get("fields", {})]
                    assert path[0] in named, refused


OPTIONAL = {
    *("level", "include_future", "until", "note", "next_check_on", "position"),
    *("commune_insee", "confirmed"),
}


ANY_FIELD_WILL_DO = {"api-referrals-within"}


def test_a_missing_field_is_named(scene, cells):
    for operation in WITH_FIELDS:
        if operation.name in ANY_FIELD_WILL_DO:
            continue
        object_id = scene.the(operation.about) if operation.about else uuid4()
        body = operation.body(scene, object_id)
        for name in set(body) - OPTIONAL:
            with cells.cell(operation, name):
                text = json.dumps(without(body, (name,)))
                refused = refusal_of(sent(scene, operation, text.encode()), 422)
                assert name in refused["fields"]


REFERENCES = [
    ("api-referrals-shares", "to_accession"),
    ("api-referrals-measures", "owner_accession"),
    ("api-meetings-list", "agencies"),
    ("api-meetings-decisions", "owner"),
]


@pytest.mark.parametrize(("name", "field"), REFERENCES)
def test_a_reference_of_another_cell_is_what_an_invented_one_is(scene, abroad, name, field):
    operation = next(op for op in CALLS if op.name == name)
    object_id = scene.the(operation.about)
    answers = set()
    for reference in (str(uuid4()), str(abroad.gendarme.accession_id)):
        value = [reference] if field == "agencies" else reference
        body = dict(operation.body(scene, object_id)) | {field: value}
        response = sent(scene, operation, json.dumps(body).encode())
        assert field in refusal_of(response, 422)["fields"]
        answers.add(response.content)
    assert len(answers) == 1


@pytest.mark.parametrize("header", ["é", "x" * 65, "a\tb"])
def test_a_key_that_is_none_is_refused(scene, header):
    operation = next(op for op in CALLS if op.name == "api-referrals-triage")
    address = reverse(operation.name, kwargs=operation.place(scene.the("submitted")))
    response = scene.world.coordinator.browser.post(
        address,
        json.dumps(operation.body(scene, uuid4())),
        content_type=corpus.JSON,
        headers={"Idempotency-Key": header},
    )
    refusal_of(response, 422)
