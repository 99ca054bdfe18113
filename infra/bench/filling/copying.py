"""Rows from Python into a table, in one stream."""

from collections.abc import Iterable

import psycopg


def copy_rows(
    connection: psycopg.Connection, table: str, columns: str, rows: Iterable[tuple[object, ...]]
) -> None:
    """Append the rows; ``columns`` is a list as SQL writes it."""
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
