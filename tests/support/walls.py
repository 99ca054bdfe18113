"""One wall at a time: SQL without the house's Python, and Python without row security."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.support.database import admin, as_role
from tests.support.searching import database_name
from tests.support.world import Seated


@contextmanager
def injected(seat: Seated) -> Iterator[psycopg.Connection]:
    """What an injection in this person's page could do: any SQL, their token, the runtime role."""
    with as_role("runtime") as connection:
        connection.execute("SELECT set_config('app.token', %s, false)", [seat.viewer.token])
        connection.commit()
        yield connection
        connection.rollback()


def refusal(connection: psycopg.Connection, statement: str, *values: object) -> str:
    """How PostgreSQL refuses a statement: its error code, or what a statement without effect is."""
    try:
        done = connection.execute(statement, values)
        affected = done.rowcount
        connection.rollback()
    except psycopg.Error as error:
        connection.rollback()
        return str(error.sqlstate)
    return "no row" if affected == 0 else f"{affected} rows"


@contextmanager
def without_row_security(prefix: str = "referrals_") -> Iterator[None]:
    """The tables of an app as if nobody had put them under row security."""
    with admin(database_name()) as connection:
        tables = [
            name
            for (name,) in connection.execute(
                "SELECT relname FROM pg_class WHERE relrowsecurity AND relkind = 'r'"
                " AND starts_with(relname, %s)",
                [prefix],
            ).fetchall()
        ]
        try:
            for table in tables:
                connection.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
            yield
        finally:
            for table in tables:
                connection.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")


@contextmanager
def said_to_be_elsewhere(table: str, cell_id: int) -> Iterator[None]:
    """The rows of a cell in this table say that they are of another one; no trigger looks."""
    far = 100_000

    def move(by: int) -> None:
        with admin(database_name()) as connection, connection.transaction():
            connection.execute("SET LOCAL session_replication_role = replica")
            connection.execute(
                f"UPDATE {table} SET cell_id = cell_id + %s WHERE cell_id = %s",
                [by, cell_id if by > 0 else cell_id + far],
            )

    move(far)
    try:
        yield
    finally:
        move(-far)
