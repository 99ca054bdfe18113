"""Sealing: settled entries get their final place, a tree for each cell, and a signed checkpoint."""

import threading
import time

import psycopg
import pytest
from django.db import transaction

from audit import checkpoint, keys, log, merkle, record
from audit.entries import leaves
from audit.leaf import COLUMNS, Entry
from audit.sealer import Sealer
from kernel.scope import acting_as
from tests.audit.seats import CLOSED
from tests.audit.working import (
    PATIENCE,
    guards_off,
    ids_of,
    seal,
    sealing,
    verified,
    waiting,
)
from tests.support.database import as_role


def stored_entries(connection, cell):
    rows = connection.execute(
        f"SELECT {', '.join(COLUMNS).replace('xid', 'xid::text::int8 AS xid')} FROM audit_entry"
        " WHERE cell_id = %s ORDER BY epoch, xid, id",
        [cell],
    ).fetchall()
    return [Entry(**dict(zip(COLUMNS, row, strict=True))) for row in rows]


def test_the_database_hands_out_exactly_the_documented_bytes(opened, cell, owner_of_everything):
    opened(3)
    entries = stored_entries(owner_of_everything, cell)
    with log.connect("sealer") as connection:
        copied = list(leaves(connection, "cell_id = %s", [cell]))
    assert copied == [entry.leaf() for entry in entries]
    assert len(copied) == 3


def test_the_signed_root_is_that_of_the_entries_in_order(opened, cell, owner_of_everything):
    opened(600, each=37)
    seal(cell)
    entries = stored_entries(owner_of_everything, cell)
    with log.connect("auditor") as connection:
        last = log.last_checkpoint(connection, cell)
    tree = merkle.Appender()
    tree.extend(b"".join(entry.hash() for entry in entries))
    said = checkpoint.read(last.note, keys.public_keys())
    assert (said.origin, said.size) == (f"rempart/{cell}", 600)
    assert said.root == last.root == tree.root()
    assert last.hi == entries[-1].key


def test_tiles_and_bundles_hold_what_lies_under_them(opened, cell, owner_of_everything):
    opened(600)
    seal(cell)
    entries = stored_entries(owner_of_everything, cell)
    with log.connect("auditor") as connection:
        bundles = log.bundles(connection, cell, 0, 9)
        tiles = log.tiles(connection, cell, 0, 0, 9)
    assert bundles.keys() == tiles.keys() == {0, 1}
    for n in (0, 1):
        part = entries[n * 256 : (n + 1) * 256]
        assert tiles[n] == b"".join(entry.hash() for entry in part)
        assert bundles[n] == log.Bundle(
            n, part[0].key, part[-1].key, log.packed([entry.id for entry in part])
        )


def test_any_batch_size_leads_to_the_same_tree(opened, seat, cell):
    other = seat("school_pilot", cell_id=cell - 1)
    opened(300, each=11)
    opened(300, each=7, by=other)
    seal(cell, batch=13)
    seal(cell - 1, batch=13)
    for cell_id in (cell, cell - 1):
        report = verified(cell_id)
        assert (report.clean, report.size, report.entries) == (True, 300, 300)


def test_each_cell_has_a_log_of_its_own(opened, seat, cell):
    other = seat("school_pilot", cell_id=cell - 1)
    opened(2)
    opened(3, by=other)
    seal(cell)
    assert (verified(cell).size, verified(cell - 1).size) == (2, 3)


def test_a_second_sealer_goes_on_where_the_first_stopped(opened, cell):
    for _ in range(4):
        opened(150)
        seal(cell)
    report = verified(cell)
    assert (report.clean, report.size, report.checkpoints >= 4) == (True, 600, True)


def test_one_sealer_works_and_the_other_stands_by(opened, cell):
    with sealing() as first, log.connect("sealer") as connection:
        second = sealer_on(connection)
        assert not second.takes_over()
        opened(2)
        while waiting(cell):
            first.seal()
    assert verified(cell).clean


def test_two_sealers_without_the_lock_do_no_harm(opened, cell):
    """The lock only saves work: the database lets one of them write each checkpoint."""
    opened(200)
    with log.connect("sealer") as one, log.connect("sealer") as two:
        first, second = (sealer_on(connection) for connection in (one, two))
        sealed_by(first, cell)
        sealed_by(second, cell)
        opened(200)
        sealed_by(first, cell)
        opened(5)
        with pytest.raises(psycopg.errors.UniqueViolation):
            sealed_by(second, cell)
        sealed_by(second, cell)
    report = verified(cell)
    assert (report.clean, report.size) == (True, 405)


def sealed_by(sealer, cell):
    """Seal with this one at least once, and until nothing of the cell waits."""
    sealer.seal()
    began = time.monotonic()
    while waiting(cell):
        assert time.monotonic() - began < PATIENCE
        sealer.seal()


def sealer_on(connection):
    return Sealer(connection, keys.signing_key())


def test_two_sealers_at_the_same_moment_do_no_harm(opened, cell):
    opened(30)
    stop, lost = threading.Event(), []

    def work():
        with log.connect("sealer") as connection:
            sealer = sealer_on(connection)
            while not stop.is_set():
                try:
                    sealer.seal()
                except psycopg.errors.UniqueViolation:
                    lost.append(1)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        opened(40, each=10)
    while waiting(cell):
        stop.wait(0.02)
    stop.set()
    for thread in threads:
        thread.join()
    report = verified(cell)
    assert (report.clean, report.size) == (True, 830)


def test_a_long_writing_transaction_holds_the_log_back_and_then_comes_first(
    opened, viewer, cell, owner_of_everything
):
    with as_role("runtime") as slow:
        slow.execute("SELECT set_config('app.token', %s, true)", [viewer.token])
        slow.execute(
            "INSERT INTO audit_entry (cell_id, kind, outcome, actor, seat, agency, request,"
            " payload) VALUES (%s, 'trial.slow', 'done', %s, %s, %s, gen_random_uuid(), '{}')",
            [cell, viewer.account_id, viewer.seat_id, viewer.agency_id],
        )
        opened(5)
        with sealing() as sealer:
            for _ in range(3):
                sealer.seal()
            assert waiting(cell) == 5, "nothing may be sealed in front of an open transaction"
            slow.commit()
            while waiting(cell):
                sealer.seal()
    report = verified(cell)
    assert (report.clean, report.size) == (True, 6)
    kinds = [entry.kind for entry in stored_entries(owner_of_everything, cell)]
    assert kinds == ["trial.slow"] + ["trial.opened"] * 5


def test_a_transaction_that_only_reads_holds_nothing_back(opened, cell):
    with as_role("auditor") as reading:
        reading.execute("SELECT count(*) FROM audit_entry")
        opened(5)
        seal(cell)
        assert verified(cell).size == 5


def test_entries_of_a_transaction_that_is_undone_leave_no_gap(opened, viewer, cell):
    opened(3)
    with acting_as(viewer) as fresh:
        record(CLOSED, viewer=fresh)
        transaction.set_rollback(True)
    opened(3)
    seal(cell)
    report = verified(cell)
    assert (report.clean, report.size) == (True, 6)


def test_a_damaged_cell_is_not_signed_for_and_the_others_are(
    opened, seat, cell, owner_of_everything
):
    other = seat("school_pilot", cell_id=cell - 1)
    opened(10)
    opened(10, by=other)
    seal(cell)
    number = ids_of(owner_of_everything, cell)[4]
    with guards_off(owner_of_everything):
        owner_of_everything.execute(
            "UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE id = %s", [number]
        )
    opened(5)
    opened(5, by=other)
    assert cell in seal(cell).damaged
    seal(cell - 1)
    assert (verified(cell).size, verified(cell - 1).size) == (10, 15)

    with guards_off(owner_of_everything):
        owner_of_everything.execute(
            "UPDATE audit_entry SET at = at - interval '1 microsecond' WHERE id = %s", [number]
        )
    assert cell in seal(cell).damaged, "what was skipped is taken in only when a person says so"
    with sealing() as sealer:
        assert sealer.readmit(cell) == 5
    opened(2)
    seal(cell)
    report = verified(cell)
    assert (report.clean, report.size) == (True, 18), "that it was readmitted is an entry as well"


def test_a_log_whose_checkpoints_are_gone_is_not_begun_anew(
    opened, seat, cell, owner_of_everything
):
    other = seat("school_pilot", cell_id=cell - 1)
    opened(3)
    opened(1, by=other)
    seal(cell - 1)
    forget_checkpoints(owner_of_everything, cell)
    opened(2)
    assert "no checkpoint" in seal(cell).damaged[cell]


def test_tiles_without_a_checkpoint_are_not_written_over(opened, cell, owner_of_everything):
    opened(300)
    seal(cell)
    forget_checkpoints(owner_of_everything, cell)
    assert "no checkpoint" in seal(cell).damaged[cell]


def forget_checkpoints(connection, cell):
    with guards_off(connection, "audit_checkpoint"):
        connection.execute("DELETE FROM audit_checkpoint WHERE cell_id = %s", [cell])


def test_a_newer_checkpoint_that_is_gone_is_missed(opened, cell, owner_of_everything):
    opened(250)
    seal(cell)
    opened(10)
    seal(cell)
    with guards_off(owner_of_everything, "audit_checkpoint"):
        owner_of_everything.execute(
            "DELETE FROM audit_checkpoint WHERE cell_id = %s AND size = 260", [cell]
        )
    assert cell in seal(cell).damaged
