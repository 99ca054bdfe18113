"""Every operation has its row of what it leaves in the record, and none acts without its entry."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from audit.registry import kinds
from audit.shapes import Shape, fits
from config.celery import app
from tests.authorisation.after_closing import EVERY
from tests.authorisation.asking import send
from tests.authorisation.operations import OPERATIONS
from tests.authorisation.records import ELSEWHERE, INCOMPLETE, LEAVES, NOTHING, TASKS
from tests.authorisation.rows import Operation
from tests.authorisation.scene import Scene
from tests.support.cells import some
from tests.support.database import admin
from tests.support.searching import database_name, fingerprint

pytestmark = [pytest.mark.database, pytest.mark.table]

ROOT = Path(__file__).resolve().parents[2]
SILENT = frozenset(name for names in NOTHING.values() for name in names)
NEVER_DONE = frozenset(name for names in ELSEWHERE.values() for name in names)

BEFORE_THE_ENTRY = """
CREATE FUNCTION public.planted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'planted' USING ERRCODE = 'XX000'; END $$;
CREATE TRIGGER planted BEFORE INSERT ON audit_entry
    FOR EACH ROW WHEN (NEW.outcome = 'done') EXECUTE FUNCTION public.planted();
"""
AT_COMMIT = BEFORE_THE_ENTRY.replace(
    "CREATE TRIGGER planted BEFORE INSERT ON audit_entry",
    "CREATE CONSTRAINT TRIGGER planted AFTER INSERT ON audit_entry DEFERRABLE INITIALLY DEFERRED",
)


def test_every_operation_has_a_row():
    names = {str(operation) for operation in OPERATIONS}
    assert set(LEAVES) | SILENT == names
    assert not set(LEAVES) & SILENT
    assert set(LEAVES) >= NEVER_DONE
    assert names >= INCOMPLETE
    assert [path for path in ELSEWHERE if not (ROOT / path).exists()] == []


def test_every_operation_has_a_name_that_an_entry_can_hold():
    names = {operation.name for operation in OPERATIONS}
    assert {name for name in names if not fits(Shape.OPERATION, name)} == set()


def test_the_rows_speak_of_kinds_that_are_declared():
    declared = {kind.name for kind in kinds()}
    assert {name for row in LEAVES.values() for name in row} <= declared
    assert {name for row in TASKS.values() if isinstance(row, tuple) for name in row} <= declared


def test_every_task_of_the_worker_has_a_row():
    planned = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert planned == set(TASKS)


@pytest.fixture(scope="module")
def untouched(database) -> Scene:
    """A scene of this file's own: what is repeated leaves nothing, and is no act."""
    return Scene()


@contextmanager
def planted(trigger: str) -> Iterator[None]:
    """A defect in the database for as long as it is asked."""
    with admin(database_name()) as connection:
        connection.execute(trigger)
        try:
            yield
        finally:
            connection.execute("DROP TRIGGER planted ON audit_entry; DROP FUNCTION planted()")


def acts() -> list[Operation]:
    """What changes something, and is done by the table."""
    return [
        operation
        for operation in EVERY
        if operation.method == "POST"
        and operation.answers < 400
        and str(operation) in LEAVES
        and str(operation) not in NEVER_DONE
        and operation.may
    ]


@pytest.mark.parametrize("trigger", [BEFORE_THE_ENTRY, AT_COMMIT], ids=["entry", "commit"])
def test_an_act_whose_entry_fails_is_undone_and_not_acknowledged(untouched, record, cells, trigger):
    scene = untouched
    for operation in some(f"undone {len(trigger)}", acts(), 4):
        seat = sorted(operation.may)[0]
        object_id = scene.fresh(operation.about) if operation.about else None
        browser = scene.world.everybody()[seat].browser
        # What the body names is made before the defect is planted, and not under it.
        body = operation.body(scene, object_id)
        with cells.cell(operation, seat, "undone"), planted(trigger):
            before, moment = fingerprint(), record.now()
            browser.raise_request_exception = False
            try:
                answer = send(operation, object_id, body, browser)
            finally:
                browser.raise_request_exception = True
            assert answer.status_code >= 500, "it was acknowledged"
            assert record.since(moment) == []
            assert changed(before, fingerprint()) == set()


def changed(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """The tables that are not what they were."""
    return {name for name in before if before[name] != after[name]}
