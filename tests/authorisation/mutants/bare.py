"""What bare SQL finds and may do, as everybody: before a defect and with it."""

import json
from collections.abc import Iterator
from uuid import uuid4

import psycopg

from tests.authorisation.expecting import SEATS, STRANGERS
from tests.authorisation.mutants.ground import Ground
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.walls import injected

Outcome = tuple[str, str, str]


class BareTables:
    """What bare SQL finds and may do in each table, as everybody: before a defect and with it."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._seats = [*SEATS, *(f"abroad {who}" for who in STRANGERS)]
        self._rows: dict[str, tuple[list[str], str]] = {}
        self._whole: dict[str, dict[Outcome, str]] = {}

    def difference(self, table: str) -> str:
        """The first outcome on a table that is not what it was."""
        whole = self._whole.get(table)
        assert whole is not None, "the table was not looked at while it was whole"
        for key, outcome in self._outcomes(table):
            if whole[key] != outcome:
                return f"{key[0]} {key[1]}: {outcome} instead of {whole[key]}"
        return ""

    def look(self, table: str) -> None:
        """Keep what the whole table answers."""
        self._whole[table] = dict(self._outcomes(table))

    def _outcomes(self, table: str) -> Iterator[tuple[Outcome, str]]:
        columns, row = self._row_of(table)
        written = _granted(table, "UPDATE")
        entered = [name for name in _granted(table, "INSERT") if name in columns]
        listed = ", ".join(entered)
        statements = {
            "SELECT": f"SELECT FROM {table}",
            "DELETE": f"DELETE FROM {table}",
            **{f"UPDATE {name}": f"UPDATE {table} SET {name} = NULL" for name in written[:2]},
        }
        if row and entered:
            statements["INSERT"] = (
                f"INSERT INTO {table} ({listed}) SELECT {listed}"
                f" FROM jsonb_populate_record(NULL::{table}, %s::jsonb)"
            )
        for name in self._seats:
            with injected(self._ground.seat(name)) as connection:
                for command, statement in statements.items():
                    values = [row] if command == "INSERT" else []
                    yield (name, command, table), _outcome(connection, statement, values)

    def _row_of(self, table: str) -> tuple[list[str], str]:
        """A row of the first cell under an identifier of its own, to be written by everybody."""
        if table not in self._rows:
            with admin(database_name()) as connection:
                found = connection.execute(
                    f"SELECT to_jsonb(t) FROM {table} t ORDER BY t::text DESC LIMIT 1"
                ).fetchone()
            row = dict(found[0]) if found else {}
            if "id" in row and not isinstance(row["id"], int):
                row["id"] = str(uuid4())
            self._rows[table] = (list(row), json.dumps(row))
        return self._rows[table]


def _granted(table: str, right: str) -> list[str]:
    with admin(database_name()) as connection:
        return [
            name
            for (name,) in connection.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
                " AND NOT attisdropped AND attgenerated = '' AND"
                " has_column_privilege('rempart_runtime', attrelid, attnum, %s) ORDER BY attnum",
                [table, right],
            ).fetchall()
        ]


def _outcome(connection: psycopg.Connection, statement: str, values: list[str]) -> str:
    try:
        return f"{connection.execute(statement, values).rowcount} rows"
    except psycopg.Error as error:
        return str(error.sqlstate)
    finally:
        connection.rollback()
