"""Each wall alone: with the other one down, nobody gets further through any route.

The first wall is the policies and selectors in Python, the second the row security and the
triggers of the tables. Taken down one at a time, the table of rights stays what it is.
"""

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest

import agencies.policies
import audit.policies
import meetings.policies
import referrals.policies
from tests.authorisation.after_closing import EVERY
from tests.authorisation.asking import ask, everything_of, said
from tests.authorisation.expecting import (
    ABOUT_SOMETHING,
    IN_A_DIRECTORY,
    SEATS,
    STRANGERS,
    abroad,
)
from tests.authorisation.operations import OPERATIONS
from tests.authorisation.rows import Operation
from tests.authorisation.scene import Scene
from tests.support.cells import pairs, parts
from tests.support.database import admin
from tests.support.searching import database_name, fingerprint
from tests.support.world import World

pytestmark = pytest.mark.table

POLICIES = (agencies.policies, audit.policies, meetings.policies, referrals.policies)
KEPT = ("referrals_", "meetings_", "agencies_accession", "agencies_membership", "agencies_token")
"""No table of these may change by an act on what one does not see."""
IN_SIGHT = ("agency", "organisation", "school")
"""Who takes part in the cell: every seat of the cell may read it, so the second wall lets it be
read; changing it is the administrator's in both."""


@pytest.fixture(scope="module")
def scene(database) -> Scene:
    """A scene of this file's own, so that what happens in it is this file's doing."""
    return Scene.whole()


@pytest.fixture(scope="module")
def strangers(database) -> World:
    """The people of another cell, all of whom have joined."""
    world = World()
    assert all(seat.browser for seat in world.everybody().values())
    return world


@contextmanager
def without_the_second_wall() -> Iterator[None]:
    """Every table as if it had neither row security nor a trigger."""
    with admin(database_name()) as connection:
        tables = [
            name
            for (name,) in connection.execute(
                "SELECT relname FROM pg_class WHERE relrowsecurity AND relkind = 'r'"
                " AND relname ~ '^(agencies|referrals|meetings)_'"
            ).fetchall()
        ]
        try:
            for table in tables:
                connection.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
                connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            yield
        finally:
            for table in tables:
                connection.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
                connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@contextmanager
def with_policies_that_say_yes() -> Iterator[int]:
    """Every policy answers yes to whoever asks; how many there are."""
    asked = [
        (module, name, policy)
        for module in POLICIES
        for name, policy in inspect.getmembers(module, inspect.isfunction)
        if name.startswith("can_") and policy.__module__ == module.__name__
    ]
    for module, name, _policy in asked:
        setattr(module, name, lambda *arguments, **named: True)
    try:
        yield len(asked)
    finally:
        for module, name, policy in asked:
            setattr(module, name, policy)


def is_refused(operation: Operation, seat: str) -> bool:
    return seat not in operation.may


def refused(scene: Scene, operation: Operation, response, expected: int) -> None:
    assert response.status_code == expected, said(response)
    if response.status_code >= 400:
        assert scene.mark not in everything_of(response)


@pytest.mark.parametrize("part", parts())
def test_without_row_security_the_pages_refuse_what_they_refused(scene, cells, part):
    asked = pairs("first wall", EVERY, SEATS, is_refused)[part :: len(parts())]
    for seat in SEATS:
        assert scene.world.everybody()[seat].browser
    with without_the_second_wall():
        for operation, seat in asked:
            with cells.cell(operation, seat):
                object_id = scene.the(operation.about) if operation.about else None
                browser = scene.world.everybody()[seat].browser
                response = ask(operation, scene, object_id, browser)
                refused(scene, operation, response, operation.expects(seat))


@pytest.mark.parametrize("part", parts())
def test_without_row_security_another_cell_stays_another_cell(scene, strangers, cells, part):
    asked = pairs("first wall abroad", ABOUT_SOMETHING, STRANGERS, abroad)[part :: len(parts())]
    with without_the_second_wall():
        for operation, who in asked:
            with cells.cell(operation, who):
                browser = strangers.everybody()[who].browser
                response = ask(operation, scene, scene.the(operation.about), browser)
                refused(scene, operation, response, 404)


@pytest.mark.parametrize("part", parts())
def test_with_policies_that_say_yes_no_foreign_row_comes_through(scene, strangers, cells, part):
    """What is not seen stays unseen, and nothing of a case is written by whoever sees it not."""
    far = pairs("second wall", ABOUT_SOMETHING, SEATS, does_not_exist)
    abroad_too = pairs("second wall abroad", ABOUT_SOMETHING, STRANGERS, abroad)
    asked = [(operation, scene.world.everybody()[seat], seat) for operation, seat in far]
    asked += [(op, strangers.everybody()[who], f"abroad {who}") for op, who in abroad_too]
    for _operation, seat, _name in asked:
        assert seat.browser
    before = fingerprint()
    with with_policies_that_say_yes() as count:
        assert count > 20
        for operation, seat, name in asked[part :: len(parts())]:
            with cells.cell(operation, name):
                seat.browser.raise_request_exception = False
                response = ask(operation, scene, scene.the(operation.about), seat.browser)
                if not in_sight(operation, name):
                    assert response.status_code >= 400, said(response)
                assert scene.mark not in everything_of(response)
    after = fingerprint()
    changed = {name for name in before if before[name] != after[name]}
    assert {name for name in changed if name.startswith(KEPT)} == set()


def in_sight(operation: Operation, name: str) -> bool:
    """Whether the second wall lets this be read: what everybody of a cell, or anybody, may know."""
    if name.startswith("abroad"):
        return operation.about == IN_A_DIRECTORY
    return operation.about in IN_SIGHT


def does_not_exist(operation: Operation, seat: str) -> bool:
    return bool(operation.about) and seat not in operation.may and operation.expects(seat) == 404


def test_the_walls_can_be_taken_down(scene):
    """Otherwise their absence would prove nothing: both down, a foreign act goes through."""
    case = next(op for op in OPERATIONS if op.name == "referrals:name_prosecutor")
    assert scene.world.everybody()["coordinator"].browser
    with without_the_second_wall(), admin(database_name()) as connection:
        (left,) = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relrowsecurity AND relname ~ '^referrals_'"
        ).fetchone()
        assert left == 0
        answer = ask(case, scene, uuid4(), scene.world.coordinator.browser)
        assert answer.status_code == 404
    with with_policies_that_say_yes():
        assert referrals.policies.can_share(None, None)
    assert referrals.policies.can_share.__name__ == "can_share"
