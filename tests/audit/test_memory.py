"""The sealer remembers what it signed, signs nothing for an older copy, and shows that it works."""

from contextlib import contextmanager

import psycopg
import pytest

from audit import heart, keys, log
from audit.checkpoint import Checkpoint, sign
from audit.heart import State
from audit.memory import Memory
from kernel.clock import now
from kernel.errors import NotFound
from kernel.scope import acting_as
from tests.audit.working import guards_off, sealing
from tests.audit.working import seal as seal_all
from tests.support.database import admin
from tests.support.searching import database_name

pytestmark = pytest.mark.database


@pytest.fixture
def memory(tmp_path) -> Memory:
    return Memory(tmp_path / "memory")


def seal(cell: int, memory: Memory) -> dict[int, str]:
    """Seal all there is; what is damaged."""
    return seal_all(cell, memory=memory).damaged


@contextmanager
def an_older_copy(connection: psycopg.Connection, cell: int, size: int):
    """The database as it was when the cell had so many entries, whole in itself."""
    tables = ("audit_entry", "audit_checkpoint")
    with connection.transaction():
        for table in tables:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        connection.execute(
            "DELETE FROM audit_entry e USING audit_checkpoint c"
            " WHERE c.cell_id = %s AND c.size = %s AND e.cell_id = c.cell_id"
            " AND (e.epoch, e.xid, e.id) > (c.hi_epoch, c.hi_xid, c.hi_id)",
            [cell, size],
        )
        connection.execute(
            "DELETE FROM audit_checkpoint WHERE cell_id = %s AND size > %s", [cell, size]
        )
        for table in tables:
            connection.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only")
    yield


def test_nothing_is_signed_for_an_older_copy_until_a_person_says_so(
    opened, cell, owner_of_everything, memory
):
    opened(5)
    assert cell not in seal(cell, memory)
    opened(5)
    assert cell not in seal(cell, memory)
    assert memory.remembered(cell).size == 10
    with an_older_copy(owner_of_everything, cell, 5):
        opened(2)
        assert "10 entries were signed, and only 5 are left" in seal(cell, memory)[cell]
    assert memory.remembered(cell).size == 10
    with sealing(memory=memory) as sealer:
        assert sealer.accept_loss(cell) == 5
        sealer.readmit(cell)
    assert cell not in seal(cell, memory)
    assert (memory.folder / f"{cell}.lost-10").exists(), "what it proves stays"
    with log.connect("auditor") as connection:
        kinds = log.execute(
            connection,
            "SELECT kind FROM audit_entry WHERE cell_id = %s AND kind LIKE 'audit.%%' ORDER BY id",
            [cell],
        )
    assert [kind for (kind,) in kinds] == ["audit.loss_accepted", "audit.readmitted"]


def test_nothing_is_signed_for_a_log_that_was_written_anew(opened, cell, memory):
    opened(5)
    seal(cell, memory)
    said = memory.remembered(cell)
    other = Checkpoint(said.origin, 4, b"\x01" * 32, said.at)
    memory.remember(cell, sign(other, keys.signing_key()))
    opened(1)
    assert "written anew" in seal(cell, memory)[cell]


def test_nothing_is_begun_again_where_something_was_signed(opened, cell, memory):
    said = Checkpoint(keys.origin(cell), 7, b"\x02" * 32, now())
    memory.remember(cell, sign(said, keys.signing_key()))
    opened(1)
    assert "none is left" in seal(cell, memory)[cell]


def test_what_was_not_committed_is_not_remembered(opened, cell, owner_of_everything, memory):
    opened(3)
    seal(cell, memory)
    owner_of_everything.execute(
        "CREATE FUNCTION public.planted() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION 'planted'; END $$;"
        "CREATE CONSTRAINT TRIGGER planted AFTER INSERT ON audit_checkpoint"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.planted()"
    )
    try:
        opened(3)
        with pytest.raises(psycopg.Error, match="planted"):
            seal(cell, memory)
    finally:
        owner_of_everything.execute(
            "DROP TRIGGER planted ON audit_checkpoint; DROP FUNCTION planted()"
        )
    assert memory.remembered(cell).size == 3
    assert cell not in seal(cell, memory)
    assert memory.remembered(cell).size == 6


def test_the_heart_says_running_late_and_stopped(
    opened, cell, owner_of_everything, memory, auditor, viewer
):
    with log.connect("auditor") as reader, sealing(memory=memory) as sealer:
        opened(3)
        while sealer.seal():
            pass
        sealer.beat()
        assert heart.heart(reader).state() in (State.RUNNING, State.DAMAGED)
        with owner_of_everything.transaction():
            owner_of_everything.execute("SELECT pg_current_xact_id()")
            opened(1)
            with admin(database_name()) as second, guards_off(second):
                # Of all cells: what waits longest may be what another test has left.
                second.execute(
                    "UPDATE audit_entry e SET at = e.at - interval '3 seconds' FROM audit.reach() r"
                    " WHERE (e.epoch, e.xid, e.id) > (r.epoch, r.xid, r.id)"
                )
            sealer.seal()
            sealer.beat()
        found = heart.heart(reader)
        assert found.lag > heart.LATE_AFTER, "somebody's long transaction holds the sealer up"
        assert heart.Heart(found.at, found.lag).state() is State.LATE
        owner_of_everything.execute("UPDATE audit_heart SET at = at - interval '11 seconds'")
        assert heart.heart(reader).state() is State.STOPPED
    with acting_as(auditor) as fresh:
        assert heart.heart_of(fresh).state() is State.STOPPED
    with pytest.raises(NotFound), acting_as(viewer) as fresh:
        heart.heart_of(fresh)
