"""Every route has a row, and every row answers each seat of the cell as it says."""

import pytest

from tests.architecture.test_house import routes
from tests.authorisation.asking import ask, said
from tests.authorisation.operations import OPERATIONS, PUBLIC
from tests.authorisation.rows import EVERYBODY, SEEN_BY

pytestmark = pytest.mark.database


def discovered() -> set[tuple[str, str]]:
    """Every page by name, and every method of every API route."""
    found: set[tuple[str, str]] = set()
    for name, view in routes():
        actions = getattr(view, "actions", None)
        methods = [method.upper() for method in actions] if actions else ["PAGE"]
        found |= {(name, method) for method in methods}
    return {(name, method) for name, method in found if method != "HEAD"}


def test_every_route_has_a_row():
    rows = {(op.name, op.method if op.is_api else "PAGE") for op in OPERATIONS}
    rows |= {(name, "PAGE") for name in PUBLIC}
    assert discovered() - rows == set(), "routes without a row in operations.py"
    assert rows - discovered() == set(), "rows whose route is gone"


def test_the_rows_speak_of_objects_and_seats_that_exist(scene):
    assert set(SEEN_BY) == set(scene.names())
    assert set(scene.world.everybody()) == set(EVERYBODY)
    assert all(operation.may <= EVERYBODY for operation in OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_who_may_gets_through(scene, operation):
    for seat in sorted(operation.may):
        about = operation.about
        object_id = None
        if about:
            changes = (operation.method == "POST" and operation.answers != 200) or operation.is_api
            object_id = scene.fresh(about) if changes else scene.the(about)
        browser = scene.world.everybody()[seat].browser
        response = ask(operation, scene, object_id, browser)
        assert response.status_code == operation.answers, (seat, said(response))


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_who_may_not_is_refused(scene, operation):
    """403 for those who see what it is about; for the others of the cell it does not exist."""
    object_id = scene.the(operation.about) if operation.about else None
    for name, seat in scene.world.everybody().items():
        if name in operation.may:
            continue
        response = ask(operation, scene, object_id, seat.browser)
        assert response.status_code == operation.expects(name), (name, said(response))
        if response.status_code >= 400:
            assert scene.mark not in said(response), name
