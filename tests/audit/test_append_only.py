"""No role of the house can change, remove or read back what it has written."""

from uuid import uuid4

import psycopg
import pytest
from psycopg import errors

from audit.leaf import NOBODY
from tests.support.database import as_role

TABLES = (
    *("audit_entry", "audit_tile", "audit_bundle", "audit_checkpoint"),
    *("audit_cosignature", "audit_cosigned", "audit_pruned"),
)
ROLES = ("runtime", "signin", "operator", "worker", "sealer", "auditor")
WRITERS = ("runtime", "signin", "operator", "worker")
INSERT = (
    "INSERT INTO audit_entry (cell_id, kind, outcome, actor, request, payload)"
    " VALUES (%s, %s, 'done', %s, gen_random_uuid(), '{}')"
)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("attempt", ["UPDATE {} SET cell_id = 0", "DELETE FROM {}", "TRUNCATE {}"])
def test_no_role_changes_what_is_written(table, role, attempt):
    with as_role(role) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(attempt.format(table))


@pytest.mark.parametrize("role", ROLES)
def test_no_role_switches_the_guards_off(role):
    with as_role(role) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute("ALTER TABLE audit_entry DISABLE TRIGGER ALL")


def _partitions(connection):
    found = connection.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_entry'::regclass"
    )
    return [name for (name,) in found]


@pytest.mark.parametrize("attempt", ["UPDATE {} SET cell_id = 0", "DELETE FROM {}", "TRUNCATE {}"])
def test_not_even_the_owner_of_the_tables(attempt):
    with as_role("owner") as connection:
        for table in [*TABLES, *_partitions(connection)]:
            with pytest.raises(errors.InsufficientPrivilege, match="append-only"):
                connection.execute(attempt.format(table))
            connection.rollback()


def test_replication_mode_does_not_switch_the_guards_off(owner_of_everything):
    owner_of_everything.execute("SET session_replication_role = 'replica'")
    with pytest.raises(errors.InsufficientPrivilege, match="append-only"):
        owner_of_everything.execute("DELETE FROM audit_entry")


@pytest.mark.parametrize("role", ROLES)
def test_no_role_writes_into_a_partition_behind_the_table_s_back(role):
    with as_role("owner") as connection:
        partitions = _partitions(connection)
    with as_role(role) as connection:
        for partition in partitions:
            for attempt in ("SELECT FROM {}", "INSERT INTO {} (cell_id) VALUES (0)"):
                with pytest.raises(errors.InsufficientPrivilege):
                    connection.execute(attempt.format(partition))
                connection.rollback()


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("column", ["id", "epoch", "xid", "at"])
def test_nobody_chooses_the_place_or_the_time_of_an_entry(role, column):
    with as_role("owner") as connection:
        may = connection.execute(
            "SELECT has_column_privilege(%s, 'audit_entry', %s, 'INSERT')",
            [f"rempart_{role}", column],
        )
        assert may.fetchone() == (False,)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("right", ["UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"])
def test_no_role_has_even_the_right_that_the_guard_would_refuse(role, table, right):
    with as_role("owner") as connection:
        asked = [f"rempart_{role}", table, right]
        query = "SELECT has_table_privilege(%s, %s, %s)"
        assert connection.execute(query, asked).fetchone() == (False,)
        if right in ("UPDATE", "REFERENCES"):
            query = "SELECT has_any_column_privilege(%s, %s, %s)"
            assert connection.execute(query, asked).fetchone() == (False,)


@pytest.mark.parametrize("role", ["signin", "operator", "worker"])
@pytest.mark.parametrize("table", TABLES)
def test_writers_do_not_read(role, table):
    with as_role(role) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(f"SELECT cell_id FROM {table}")


@pytest.mark.parametrize("table", TABLES)
def test_the_role_of_the_pages_reads_nothing_without_an_auditor(table, opened, cell):
    opened(2)
    with as_role("runtime") as connection:
        assert connection.execute(f"SELECT cell_id FROM {table}").fetchall() == []


@pytest.mark.parametrize("table", ["audit_tile", "audit_bundle", "audit_checkpoint"])
@pytest.mark.parametrize("role", [*WRITERS, "auditor"])
def test_only_the_sealer_seals(role, table):
    with as_role(role) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(f"INSERT INTO {table} (cell_id) VALUES (1)")


def test_signing_in_records_only_steps_of_signing_in(cell):
    with as_role("signin") as connection:
        connection.execute(INSERT, [cell, "signin.accepted", uuid4()])
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(INSERT, [cell, "referral.opened", uuid4()])


@pytest.mark.parametrize("role", ["worker", "operator"])
def test_a_machine_does_not_write_in_a_person_s_name(role, cell):
    with as_role(role) as connection:
        connection.execute(INSERT, [cell, "share.expired", NOBODY])
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(INSERT, [cell, "share.expired", uuid4()])


def test_without_a_session_the_role_of_the_pages_writes_nothing(cell):
    with as_role("runtime") as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(INSERT, [cell, "referral.opened", uuid4()])


@pytest.mark.parametrize("claim", ["cell_id", "actor", "seat", "agency"])
def test_nobody_writes_in_another_s_name(claim, seat, cell):
    somebody, other = seat("school_pilot"), seat("school_pilot", cell_id=cell - 1)
    row = {
        "cell_id": somebody.cell_id,
        "actor": somebody.account_id,
        "seat": somebody.seat_id,
        "agency": somebody.agency_id,
    }
    forged = {
        "cell_id": other.cell_id,
        "actor": other.account_id,
        "seat": other.seat_id,
        "agency": other.agency_id,
    }
    assert _inserted_by(somebody.token, row)
    assert not _inserted_by(somebody.token, row | {claim: forged[claim]})


def _inserted_by(token: str, row: dict[str, object]) -> bool:
    with as_role("runtime") as connection:
        connection.execute("SELECT set_config('app.token', %s, true)", [token])
        try:
            connection.execute(
                "INSERT INTO audit_entry"
                " (cell_id, kind, outcome, actor, seat, agency, request, payload) VALUES"
                " (%(cell_id)s, 'trial.opened', 'done', %(actor)s, %(seat)s, %(agency)s,"
                " gen_random_uuid(), '{}')",
                row,
            )
        except psycopg.errors.InsufficientPrivilege:
            return False
        return True


@pytest.mark.parametrize(
    "wrong",
    [
        {"cell_id": -1},
        {"kind": "ab"},
        {"kind": "k" * 65},
        {"outcome": "perhaps"},
        {"payload": b"x" * 32_769},
    ],
)
def test_an_entry_has_its_shape_whoever_writes_it(wrong):
    row = {"cell_id": 0, "kind": "trial.opened", "outcome": "done", "actor": NOBODY}
    row |= {"request": uuid4(), "payload": b"{}"}
    with as_role("worker") as connection:
        assert _written(connection, row)
        with pytest.raises(errors.InsufficientPrivilege, match="entry_shape"):
            _written(connection, row | wrong)


def _written(connection: psycopg.Connection, row: dict[str, object]) -> bool:
    names, marks = ", ".join(row), ", ".join(f"%({name})s" for name in row)
    with connection.transaction(force_rollback=True):
        done = connection.execute(f"INSERT INTO audit_entry ({names}) VALUES ({marks})", row)
    return done.rowcount == 1


def test_no_entry_lies_before_the_first_epoch(owner_of_everything):
    with owner_of_everything.transaction(force_rollback=True):
        owner_of_everything.execute("ALTER TABLE audit_entry ALTER epoch SET DEFAULT 0")
        owner_of_everything.execute("SET LOCAL ROLE rempart_worker")
        with pytest.raises(errors.InsufficientPrivilege, match="entry_shape"):
            owner_of_everything.execute(INSERT, [0, "trial.opened", NOBODY])


def test_whoever_may_write_entries_is_bound_to_their_shape(owner_of_everything):
    [bound] = owner_of_everything.execute(
        "SELECT roles::text[] FROM pg_policies WHERE tablename = 'audit_entry'"
        " AND policyname = 'entry_shape' AND permissive = 'RESTRICTIVE' AND cmd = 'INSERT'"
    ).fetchone()
    writing = owner_of_everything.execute(
        "SELECT rolname FROM pg_roles WHERE rolname ~ '^rempart_' AND NOT rolsuper"
        " AND has_any_column_privilege(oid, 'audit_entry', 'INSERT') ORDER BY 1"
    ).fetchall()
    assert [name for (name,) in writing] == sorted(bound)
