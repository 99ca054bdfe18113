"""Looking at an address changes nothing, whatever the address is for."""

import pytest
from django.urls import reverse

from tests.authorisation.expecting import SEATS
from tests.authorisation.operations import OPERATIONS
from tests.support.cells import pairs
from tests.support.searching import fingerprint

pytestmark = pytest.mark.table

SENT = [operation for operation in OPERATIONS if operation.method == "POST"]
ONLY_SENT = [
    operation
    for operation in SENT
    if not any(o.name == operation.name and o.method == "GET" for o in OPERATIONS)
]


def those_who_may(label, operations):
    return pairs(label, operations, SEATS, lambda operation, seat: seat in operation.may)


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_looking_at_what_is_sent_changes_nothing(scene, cells, method):
    for operation in SENT:
        if operation.about:
            scene.the(operation.about)
        for who in operation.may:
            assert scene.world.everybody()[who].browser
    before = fingerprint()
    for operation, who in those_who_may(method, SENT):
        with cells.cell(method, operation, who):
            object_id = scene.the(operation.about) if operation.about else None
            address = reverse(operation.name, kwargs=operation.place(object_id))
            browser = scene.world.everybody()[who].browser
            response = getattr(browser, method)(address, operation.body(scene, object_id))
            assert response.status_code < 500
    after = fingerprint()
    assert {name for name in before if before[name] != after[name]} == set()


def test_what_is_only_sent_is_not_shown(scene, cells):
    """405, or back to the page that it belongs to: never the answer to the act."""
    for operation, who in those_who_may("only sent", ONLY_SENT):
        with cells.cell(operation, who):
            object_id = scene.the(operation.about) if operation.about else None
            address = reverse(operation.name, kwargs=operation.place(object_id))
            response = scene.world.everybody()[who].browser.get(address)
            assert response.status_code in (302, 405), response.status_code
            assert scene.mark.encode() not in response.content


def test_other_methods_change_nothing(scene, cells):
    browser = scene.world.coordinator.browser
    for operation in OPERATIONS:
        if operation.about:
            scene.the(operation.about)
    before = fingerprint()
    for operation, method in pairs("methods", OPERATIONS, ["put", "patch", "delete"]):
        with cells.cell(operation, method):
            object_id = scene.the(operation.about) if operation.about else None
            address = reverse(operation.name, kwargs=operation.place(object_id))
            response = getattr(browser, method)(address, b"{}", content_type="application/json")
            assert response.status_code in (200, 302, 404, 405, 403)
            if operation.is_api:
                assert response.status_code == 405
    after = fingerprint()
    assert {name for name in before if before[name] != after[name]} == set()
