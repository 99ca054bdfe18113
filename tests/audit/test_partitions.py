"""A month has its own partition, made long before; what has none still finds its place."""

from datetime import UTC, datetime

import pytest
from psycopg import errors

from audit.leaf import NOBODY
from audit.tasks import make_partitions
from tests.audit.working import seal, verified
from tests.support.database import as_role

INSERT = (
    "INSERT INTO audit_entry (at, cell_id, kind, outcome, actor, request, payload)"
    " VALUES (%s, %s, 'trial.opened', 'done', %s, gen_random_uuid(), '{}')"
    " RETURNING tableoid::regclass::text"
)


def month_name(ahead):
    """The partition of the month so many months from now."""
    today = datetime.now(UTC)
    year, month = divmod(today.year * 12 + today.month - 1 + ahead, 12)
    return f"audit_entry_{year}_{month + 1:02}", datetime(year, month + 1, 15, tzinfo=UTC)


def partitions(connection):
    rows = connection.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_entry'::regclass"
    )
    return {name for (name,) in rows}


def test_this_month_and_the_next_twelve_are_there(owner_of_everything):
    wanted = {month_name(ahead)[0] for ahead in range(13)}
    assert wanted | {"audit_entry_default"} <= partitions(owner_of_everything)


def test_an_entry_lies_in_its_month(opened, cell, owner_of_everything):
    opened(1)
    rows = owner_of_everything.execute(
        "SELECT tableoid::regclass::text FROM audit_entry WHERE cell_id = %s", [cell]
    ).fetchall()
    assert rows == [(month_name(0)[0],)]


def test_beyond_all_months_writing_goes_on(cell, owner_of_everything):
    row = owner_of_everything.execute(INSERT, [datetime(2090, 1, 1, tzinfo=UTC), cell, NOBODY])
    assert row.fetchone() == ("audit_entry_default",)
    seal(cell)
    assert verified(cell).size == 1


def test_a_month_whose_entries_lie_in_the_default_one_does_not_stop_the_others(
    cell, owner_of_everything
):
    taken, day = month_name(20)
    owner_of_everything.execute(INSERT, [day, cell, NOBODY])
    with as_role("worker") as worker:
        worker.execute("SELECT audit.make_partitions(21)")
    made = partitions(owner_of_everything)
    assert taken not in made
    assert {month_name(19)[0], month_name(21)[0]} <= made


def test_every_partition_carries_its_own_guards(owner_of_everything):
    for name in partitions(owner_of_everything):
        guarded = owner_of_everything.execute(
            "SELECT relrowsecurity, relforcerowsecurity, (SELECT tgenabled FROM pg_trigger"
            " WHERE tgrelid = c.oid AND tgname = 'append_only') FROM pg_class c"
            " WHERE c.oid = %s::regclass",
            [name],
        ).fetchone()
        assert guarded == (True, True, "A"), name


def test_of_every_partition_it_is_soon_known_what_is_there(owner_of_everything):
    """Those that are made from now on too: where it is not known, an index is not enough."""
    known = "SELECT reloptions FROM pg_class WHERE oid = %s::regclass"
    with as_role("worker") as worker:
        worker.execute("SELECT audit.make_partitions(24)")
        names = partitions(worker)
        assert names - partitions(owner_of_everything)
        for name in names:
            [options] = worker.execute(known, [name]).fetchone()
            assert options == ["autovacuum_vacuum_insert_scale_factor=0.02"], name
        worker.rollback()


def test_the_daily_task_is_safe_to_run_twice():
    make_partitions()
    assert make_partitions() == 0


@pytest.mark.parametrize("role", ["runtime", "signin", "sealer", "auditor"])
def test_only_worker_and_operator_make_partitions(role):
    with as_role(role) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute("SELECT audit.make_partitions(1)")


@pytest.mark.parametrize("ahead", ["-1", "37", "NULL", "2147483647"])
def test_a_senseless_number_of_months_is_refused(ahead):
    with as_role("worker") as connection, pytest.raises(errors.InvalidParameterValue):
        connection.execute(f"SELECT audit.make_partitions({ahead})")
