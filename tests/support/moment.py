"""What the database answers at a moment that the superuser has set up; nothing of it is kept."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import psycopg

from tests.support.database import admin
from tests.support.searching import database_name

NOTHING, REFUSED = "nothing", "refused 42501"


@contextmanager
def moment(
    changes: Sequence[str],
    values: Mapping[str, object],
    *,
    token: str = "",
    role: str = "rempart_runtime",
) -> Iterator[psycopg.Connection]:
    """A role's connection with this token, in a transaction that begins with these changes.

    The changes are made without triggers, so that only what is said changes, each of at least one
    row. Now is the same moment in all of it.
    """
    with admin(database_name()) as connection, connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL session_replication_role = replica")
        for change in changes:
            assert connection.execute(change, values).rowcount >= 1, change
        connection.execute("SET LOCAL session_replication_role = origin")
        connection.execute("SELECT set_config('app.token', %s, true)", [token])
        if role:
            connection.execute(f"SET LOCAL ROLE {role}")
        yield connection


def answered(connection: psycopg.Connection, statement: str, values: Mapping[str, object]) -> str:
    """How a statement ends: with how many rows, with values, with nothing or with a refusal."""
    try:
        with connection.transaction():
            done = connection.execute(statement, values)
            rows = done.fetchall() if done.description else []
    except psycopg.Error as error:
        return f"refused {error.sqlstate}"
    if not done.description:
        return f"{done.rowcount} rows" if done.rowcount else NOTHING
    said = [str(value) for row in rows for value in row if value not in (None, False, 0, [])]
    return " ".join(said) or "an empty answer" if said else NOTHING
