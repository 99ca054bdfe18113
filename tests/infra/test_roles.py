"""The database roles: each can do one thing, on PostgreSQL 15 as on 18."""

import os
from itertools import product

import psycopg
import pytest

from infra.postgres.bootstrap import bootstrap, connect_as_admin
from infra.postgres.roles import LOGINS, MAINTENANCE, OWNER, ensure_database

pytestmark = pytest.mark.database
SCRATCH = f"scratch_{os.getpid()}"


@pytest.fixture
def admin():
    with connect_as_admin(os.environ) as connection:
        yield connection


@pytest.fixture
def scratch(admin):
    """A database as the launcher makes it."""
    ensure_database(admin, SCRATCH)
    yield SCRATCH
    admin.execute(f'DROP DATABASE "{SCRATCH}" WITH (FORCE)')


def _as(role: str, database: str) -> psycopg.Connection:
    return psycopg.connect(
        host=os.environ["REMPART_DB_HOST"],
        port=os.environ["REMPART_DB_PORT"],
        user=role,
        password=os.environ[f"REMPART_DB_PASSWORD_{LOGINS[role]}"],
        dbname=database,
        autocommit=True,
    )


def test_no_login_role_passes_row_security_or_makes_roles(admin):
    found = admin.execute(
        "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) AND (rolsuper OR rolbypassrls"
        " OR rolcreaterole OR rolcreatedb OR rolreplication OR NOT rolcanlogin)",
        [list(LOGINS)],
    ).fetchall()
    assert found == []


def test_the_maintenance_role_passes_row_security_and_cannot_log_in(admin):
    found = admin.execute(
        "SELECT rolbypassrls, rolcanlogin, rolsuper FROM pg_roles WHERE rolname = %s",
        [MAINTENANCE],
    ).fetchone()
    assert found == (True, False, False)


def test_only_the_owner_is_a_member_of_the_maintenance_role(admin):
    found = admin.execute(
        "SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member"
        " WHERE m.roleid = %s::regrole AND NOT r.rolsuper",
        [MAINTENANCE],
    ).fetchall()
    assert found == [(OWNER,)]


def test_preparing_a_server_twice_changes_nothing(admin):
    listed = "SELECT rolname, rolbypassrls, rolcanlogin FROM pg_roles ORDER BY rolname"
    before = admin.execute(listed).fetchall()
    bootstrap(os.environ)
    assert admin.execute(listed).fetchall() == before


@pytest.mark.parametrize("role", sorted(LOGINS))
def test_every_login_role_enters_with_its_own_password(scratch, role):
    with _as(role, scratch) as connection:
        assert connection.execute("SELECT current_user").fetchone() == (role,)


def test_a_wrong_password_is_refused(scratch):
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(
            host=os.environ["REMPART_DB_HOST"],
            port=os.environ["REMPART_DB_PORT"],
            user="rempart_runtime",
            password="wrong",
            dbname=scratch,
        )


STATEMENTS = ("CREATE TABLE t (id int)", "CREATE SCHEMA s", "CREATE TEMPORARY TABLE t (id int)")
READS_INTO_ONE = ("rempart_operator", STATEMENTS[2])
"""The operator's import reads the directory into a temporary table first."""


@pytest.mark.parametrize(
    ("role", "statement"),
    sorted(set(product(set(LOGINS) - {OWNER}, STATEMENTS)) - {READS_INTO_ONE}),
)
def test_nobody_but_the_owner_makes_anything(scratch, role, statement):
    with _as(role, scratch) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


def test_the_owner_hands_a_function_to_the_maintenance_role(scratch):
    with _as(OWNER, scratch) as connection:
        connection.execute("CREATE SCHEMA s")
        connection.execute(f"GRANT USAGE, CREATE ON SCHEMA s TO {MAINTENANCE}")
        connection.execute("CREATE FUNCTION s.one() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        connection.execute(f"ALTER FUNCTION s.one() OWNER TO {MAINTENANCE}")
        assert connection.execute("SELECT s.one()").fetchone() == (1,)


def test_a_role_that_is_not_ours_does_not_enter(admin, scratch):
    admin.execute("CREATE ROLE rempart_stranger LOGIN PASSWORD 'stranger'")
    try:
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(
                host=os.environ["REMPART_DB_HOST"],
                port=os.environ["REMPART_DB_PORT"],
                user="rempart_stranger",
                password="stranger",
                dbname=scratch,
            )
    finally:
        admin.execute("DROP ROLE rempart_stranger")
