"""Defects in the database: a policy that lets everything through, a table without row security."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from tests.support.database import admin
from tests.support.searching import database_name

OURS = "^(agencies|referrals|meetings|audit|kernel)_"


@dataclass(frozen=True, slots=True)
class InTable:
    """One defect: which table, the statement that plants it and the one that takes it out."""

    table: str
    name: str
    plant: str
    remove: str

    @property
    def app(self) -> str:
        """The room that the table is of."""
        return self.table.partition("_")[0]

    @contextmanager
    def planted(self) -> Iterator[None]:
        """The defect, for as long as it is looked for."""
        with admin(database_name()) as connection:
            connection.execute(self.plant)
            try:
                yield
            finally:
                connection.execute(self.remove)


def defects() -> Iterator[InTable]:
    """Every policy of the pages' role widened, and every table of theirs taken out of security."""
    with admin(database_name()) as connection:
        yield from _policies(connection)
        yield from _tables(connection)


def _policies(connection: psycopg.Connection) -> Iterator[InTable]:
    rows = connection.execute(
        "SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies"
        " WHERE 'rempart_runtime' = ANY (roles) AND tablename ~ %s ORDER BY 1, 2",
        [OURS],
    ).fetchall()
    for table, policy, command, using, check in rows:
        on = f"POLICY {policy} ON {table}"
        if using is not None and using != "true":
            yield InTable(
                table,
                f"{table}: {command} policy {policy} USING (true)",
                f"ALTER {on} USING (true)",
                f"ALTER {on} USING ({using})",
            )
        if check is not None and check != "true" and not _is_kept(connection, table, command):
            yield InTable(
                table,
                f"{table}: {command} policy {policy} WITH CHECK (true)",
                f"ALTER {on} WITH CHECK (true)",
                f"ALTER {on} WITH CHECK ({check})",
            )
        if using is not None and "session_cell" in using and "session_units" in using:
            yield InTable(
                table,
                f"{table}: {command} policy {policy} forgets the units",
                f"ALTER {on} USING (cell_id = (SELECT kernel.session_cell()))",
                f"ALTER {on} USING ({using})",
            )


def _is_kept(connection: psycopg.Connection, table: str, command: str) -> bool:
    """Whether what decides about a row cannot be written: then an update cannot move it away."""
    if command != "UPDATE":
        return False
    (written,) = connection.execute(
        "SELECT count(*) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        " AND attname IN ('cell_id', 'viewers', 'editors', 'account_id', 'case_id', 'agency_id',"
        " 'recipient', 'seat_id', 'owner_unit', 'to_unit', 'from_unit')"
        " AND has_column_privilege('rempart_runtime', attrelid, attnum, 'UPDATE')",
        [table],
    ).fetchone()
    return int(written) == 0


def has_rows(table: str) -> bool:
    """Whether a defect of the table could be noticed at all."""
    with admin(database_name()) as connection:
        return bool(connection.execute(f"SELECT EXISTS (SELECT FROM {table})").fetchone()[0])


def _tables(connection: psycopg.Connection) -> Iterator[InTable]:
    rows = connection.execute(
        "SELECT DISTINCT tablename FROM pg_policies JOIN pg_class ON relname = tablename"
        " WHERE 'rempart_runtime' = ANY (roles) AND tablename ~ %s AND relkind = 'r' ORDER BY 1",
        [OURS],
    ).fetchall()
    for (table,) in rows:
        yield InTable(
            table,
            f"{table}: no row security",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        )
