"""Every route has a row, and every row answers each seat of the cell as it says."""

import pytest

from tests.architecture.test_house import routes
from tests.authorisation.after_closing import AFTER_CLOSING, EVERY
from tests.authorisation.asking import ask, said
from tests.authorisation.expecting import SEATS
from tests.authorisation.leaving import after_refusal, after_success
from tests.authorisation.operations import OPERATIONS, PUBLIC
from tests.authorisation.rows import EVERYBODY, SEEN_BY, Operation
from tests.support.cells import pairs, parts

pytestmark = [pytest.mark.database, pytest.mark.table]


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
    assert set(scene.world.everybody()) == set(EVERYBODY) == set(SEATS)
    assert all(operation.may <= EVERYBODY for operation in OPERATIONS)


def changes(operation: Operation) -> bool:
    """Whether what it is about is another thing afterwards."""
    done = operation.method == "POST" and operation.answers < 400
    return done and (operation.is_api or operation.answers != 200)


@pytest.mark.parametrize("part", parts())
def test_who_may_gets_through(scene, record, cells, part):
    asked = pairs("may", EVERY, SEATS, lambda operation, seat: seat in operation.may)
    for operation, seat in asked[part :: len(parts())]:
        with cells.cell(operation, seat):
            about = operation.about
            object_id = None
            if about:
                object_id = scene.fresh(about) if changes(operation) else scene.the(about)
            browser = scene.world.everybody()[seat].browser
            account, before = scene.world.everybody()[seat].viewer.account_id, record.now()
            response = ask(operation, scene, object_id, browser)
            assert response.status_code == operation.answers, said(response)
            left, status = record.since(before), response.status_code
            if status < 400:
                after_success(operation, left, account)
            else:
                after_refusal(operation, status, left, account)


def does_not_exist(operation: Operation, seat: str) -> bool:
    """Whether it is not there for this seat, which may not do it."""
    return seat not in operation.may and operation.expects(seat) != 403


@pytest.mark.parametrize("part", parts())
def test_who_may_not_is_refused(scene, record, cells, part):
    """403 for those who see what it is about; for the others of the cell it does not exist.

    A 403 is asked in every run: there the object is in sight, and one condition keeps it.
    """
    close = [(op, seat) for op in OPERATIONS for seat in SEATS if op.expects(seat) == 403]
    close += pairs("may not any more", AFTER_CLOSING, SEATS, lambda op, who: op.expects(who) == 403)
    far = pairs("may not", EVERY, SEATS, does_not_exist)
    for operation, seat in (close + far)[part :: len(parts())]:
        with cells.cell(operation, seat):
            object_id = scene.the(operation.about) if operation.about else None
            asker = scene.world.everybody()[seat]
            account, browser, before = asker.viewer.account_id, asker.browser, record.now()
            response = ask(operation, scene, object_id, browser)
            assert response.status_code == operation.expects(seat), said(response)
            if response.status_code >= 400:
                left = record.since(before)
                after_refusal(operation, response.status_code, left, account)
            if response.status_code >= 400:
                assert scene.mark not in said(response)
