"""J1: bodies that are no JSON or not what is asked for: refused as the corpus says, on record once.

A slice runs here, another one each time; the seed is printed. The whole corpus, at every route of
the API that reads a body: ./infra/bin/corpus
"""

import json
import resource
import time
from uuid import uuid4

import pytest
from django.urls import reverse

from tests.authorisation.operations import OPERATIONS, Operation
from tests.kernel.http import corpus
from tests.support.corpora import SEED, WHOLE, chosen
from tests.support.database import admin
from tests.support.searching import database_name, fingerprint
from tests.support.typed import bodies

pytestmark = [pytest.mark.corpus, pytest.mark.database]

SECONDS, GROWTH, SLICE = 2.0, 64 * 1024, 60
NO_OBJECT_OF_FIELDS = {
    "api-uploads-parts": "takes bytes",
    "api-audit-verification": "takes no body",
}
READING = [
    op
    for op in OPERATIONS
    if op.is_api and op.method == "POST" and op.may and op.name not in NO_OBJECT_OF_FIELDS
]


def test_the_class_has_its_number():
    made = bodies.corpus(SEED)
    assert len(made) >= 500
    assert len({one.name for one in made}) == len(made)
    again = bodies.corpus(SEED)
    assert [one.line() for one in made[::9]] == [one.line() for one in again[::9]]
    assert {one.expected for one in made} == {400, 413, 422}


def usual(scene, operation: Operation) -> dict[str, object]:
    """What a client sends there."""
    return dict(operation.body(scene, scene.the(operation.about) if operation.about else uuid4()))


def test_each_body_is_answered_as_the_corpus_says(scene, items):
    """In turn at every route that reads one: no crash, in time and memory, one entry each."""
    made = chosen("J1", bodies.corpus(SEED), SLICE)
    with_names = [op for op in READING if usual(scene, op)]
    with_texts = [
        op for op in READING if any(isinstance(v, str) for v in usual(scene, op).values())
    ]
    for operation in READING:
        assert scene.world.everybody()[min(operation.may)].browser
    before, grown = fingerprint(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wrong = []
    for number, one in enumerate(made):
        routes = with_texts if "in a text" in one.name else READING
        routes = with_names if "nearly" in one.name else routes
        operation = routes[number % len(routes)]
        problem = asked(scene, operation, one)
        if problem:
            wrong.append((one.name, str(operation), problem))
    items("J1", len(made))
    assert wrong == []
    after = fingerprint()
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"kernel_kept_act"}
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - grown
    assert grown < GROWTH or WHOLE, f"{grown} KiB more"


def asked(scene, operation: Operation, one: bodies.Body) -> str:
    """What is wrong with the answer; nothing when all is as it should be."""
    address = reverse(
        operation.name,
        kwargs=operation.place(scene.the(operation.about)) if operation.about else operation.also,
    )
    browser = scene.world.everybody()[min(operation.may)].browser
    recorded, began = refusals(scene), time.process_time()
    response = browser.post(address, one.made(usual(scene, operation)), content_type=corpus.JSON)
    took, recorded = time.process_time() - began, refusals(scene) - recorded
    said = response.content.decode(errors="replace")
    if response.status_code != one.expected:
        return f"{response.status_code} instead of {one.expected}: {said[:200]}"
    if set(json.loads(said)) != {"error"} or "Traceback" in said or scene.mark in said:
        return f"says {said[:200]}"
    if took > SECONDS:
        return f"took {took:.1f} s"
    return "" if recorded == 1 else f"{recorded} entries of the record"


def refusals(scene) -> int:
    """How many refusals the record of the cell holds."""
    with admin(database_name()) as connection:
        row = connection.execute(
            "SELECT count(*) FROM audit_entry WHERE cell_id = %s AND outcome = 'refused'",
            [scene.world.cell.pk],
        ).fetchone()
    return int(row[0])
