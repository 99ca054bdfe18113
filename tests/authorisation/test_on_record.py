"""Every operation has its row of what it leaves in the record, and none acts without its entry."""

from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from audit.registry import kinds
from audit.shapes import Shape, fits
from config.celery import app
from tests.authorisation.after_closing import EVERY
from tests.authorisation.asking import send
from tests.authorisation.commands import COMMANDS
from tests.authorisation.motives import NEEDS_NONE, READS, SAYS_WHY, why_missing
from tests.authorisation.operations import OPERATIONS, PUBLIC
from tests.authorisation.records import ELSEWHERE, INCOMPLETE, LEAVES, NOTHING, TASKS
from tests.authorisation.rows import Operation
from tests.authorisation.scene import Scene
from tests.authorisation.signing import ASKED_NOWHERE, LEFT_BESIDE, SIGNING
from tests.support.cells import some
from tests.support.database import admin
from tests.support.searching import database_name, fingerprint

pytestmark = [pytest.mark.database, pytest.mark.table]

ROOT = Path(__file__).resolve().parents[2]
SILENT = frozenset(name for names in NOTHING.values() for name in names)
NEVER_DONE = frozenset(name for names in ELSEWHERE.values() for name in names)
ONCE_SEALED = frozenset(
    {"audit:checkpoint GET", "audit:consistency GET", "api-audit-checkpoint GET"}
)
"""What there is to read of a log that somebody has sealed, which nobody does here."""

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


def test_whatever_reads_says_why():
    reading = {kind.name for kind in kinds() if any(fnmatchcase(kind.name, name) for name in READS)}
    assert reading == set(SAYS_WHY) | set(NEEDS_NONE)
    assert not set(SAYS_WHY) & set(NEEDS_NONE)
    assert [kind.name for kind in kinds() if not kind.facts >= _why(kind.name)] == []


def _why(name: str) -> set[str]:
    return {SAYS_WHY[name]} if name in SAYS_WHY else set()


@pytest.mark.parametrize(
    ("kind", "facts", "complete"),
    [
        ("case.read", {"right": "school", "by": None, "purpose": None}, True),
        ("case.read", {"right": "share", "by": "x", "purpose": "protection"}, True),
        ("case.read", {"right": "glass", "by": "x", "purpose": None}, True),
        ("case.list_read", {"right": "share"}, True),
        ("share.accepted", {"share": None}, True),
        ("case.read", {"right": "other", "by": None, "purpose": None}, False),
        ("case.read", {"right": None}, False),
        ("case.read", {"right": "share", "by": "x", "purpose": None}, False),
        ("case.read", {"right": "glass", "by": None, "purpose": None}, False),
        ("export.taken", {"goal": ""}, False),
    ],
)
def test_a_reading_that_leaves_its_why_unsaid_is_told(kind, facts, complete):
    assert (why_missing(kind, facts) == "") is complete


def test_every_public_page_has_a_row_of_what_signing_in_leaves():
    assert set(SIGNING) == set(PUBLIC)
    for name, (left, path) in SIGNING.items():
        text = (ROOT / path).read_text() if path else ""
        assert [kind for kind in left if kind not in text] == [], (
            f"{name}: {path} asks no such kind"
        )


def test_every_kind_is_left_by_something_that_is_asked_for_it():
    asked = {name for row in LEAVES.values() for name in row}
    asked |= {name for row in TASKS.values() if isinstance(row, tuple) for name in row}
    asked |= {name for command in COMMANDS for name in command.leaves}
    asked |= {name for left, _path in SIGNING.values() for name in left}
    for path, names in LEFT_BESIDE.items():
        text = (ROOT / path).read_text()
        assert [name for name in names if name not in text] == [], path
        asked |= set(names)
    assert {kind.name for kind in kinds()} - asked == set(ASKED_NOWHERE)


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


def on_record(method: str) -> list[Operation]:
    """What changes something, or shows something, and is done by the table."""
    return [
        operation
        for operation in EVERY
        if operation.method == method
        and operation.answers < 400
        and str(operation) in LEAVES
        and str(operation) not in NEVER_DONE | ONCE_SEALED
        and operation.may
    ]


@pytest.mark.parametrize("trigger", [BEFORE_THE_ENTRY, AT_COMMIT], ids=["entry", "commit"])
def test_an_act_whose_entry_fails_is_undone_and_not_acknowledged(untouched, record, cells, trigger):
    scene = untouched
    asked = some(f"undone {len(trigger)}", on_record("POST"), 4)
    # What was read without an entry is not shown either.
    asked += some(f"unread {len(trigger)}", on_record("GET"), 2)
    for operation in asked:
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
