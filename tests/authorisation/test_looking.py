"""Looking at an address changes nothing, whatever the address is for."""

import pytest
from django.urls import reverse

from tests.authorisation.operations import OPERATIONS
from tests.support.searching import fingerprint

SENT = [operation for operation in OPERATIONS if operation.method == "POST"]
ONLY_SENT = [
    operation
    for operation in SENT
    if not any(o.name == operation.name and o.method == "GET" for o in OPERATIONS)
]


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_looking_at_what_is_sent_changes_nothing(scene, method):
    for operation in SENT:
        if operation.about:
            scene.the(operation.about)
        for who in operation.may:
            assert scene.world.everybody()[who].browser
    before = fingerprint()
    for operation in SENT:
        object_id = scene.the(operation.about) if operation.about else None
        address = reverse(operation.name, kwargs=operation.place(object_id))
        for who in sorted(operation.may):
            browser = scene.world.everybody()[who].browser
            response = getattr(browser, method)(address, operation.body(scene, object_id))
            assert response.status_code < 500
    after = fingerprint()
    assert {name for name in before if before[name] != after[name]} == set()


@pytest.mark.parametrize("operation", ONLY_SENT, ids=str)
def test_what_is_only_sent_is_not_shown(scene, operation):
    """405, or back to the page that it belongs to: never the answer to the act."""
    object_id = scene.the(operation.about) if operation.about else None
    address = reverse(operation.name, kwargs=operation.place(object_id))
    for who in sorted(operation.may):
        response = scene.world.everybody()[who].browser.get(address)
        assert response.status_code in (302, 405), (who, response.status_code)
        assert scene.mark.encode() not in response.content


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_change_nothing(scene, method):
    before = fingerprint()
    for operation in OPERATIONS:
        object_id = scene.the(operation.about) if operation.about else None
        address = reverse(operation.name, kwargs=operation.place(object_id))
        browser = scene.world.coordinator.browser
        response = getattr(browser, method)(address, b"{}", content_type="application/json")
        assert response.status_code in (200, 302, 404, 405, 403), str(operation)
        if operation.is_api:
            assert response.status_code == 405, str(operation)
    after = fingerprint()
    assert {name for name in before if before[name] != after[name]} == set()
