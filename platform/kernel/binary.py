"""Many rows at once, as PostgreSQL keeps them: sealed bytes are not written out as digits.

Both run on the connection that the viewer is bound to, in its transaction, and raise what Django
raises. Values are bound by the server: the statement says of each which type it is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from django.db import connection
from psycopg import capabilities

_CHUNK: Final = 500


def binary_rows(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement."""
    with connection.wrap_database_errors, _cursor() as cursor:
        return cursor.execute(statement, values, binary=True).fetchall()


@contextmanager
def binary_stream(statement: str, values: Mapping[str, Any]) -> Iterator[Iterator[Any]]:
    """The rows of a statement, one by one while PostgreSQL is still reading the next ones.

    Nothing else can be asked of the database before the last row or the end of the block.
    """
    with connection.wrap_database_errors, _cursor() as cursor:
        size = _CHUNK if capabilities.has_stream_chunked() else 1
        rows = cursor.stream(statement, values, binary=True, size=size)
        try:
            yield rows
        finally:
            # Broken off, the statement would take the whole transaction with it.
            deque(rows, maxlen=0)


def _cursor() -> psycopg.Cursor[tuple[Any, ...]]:
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    return psycopg.Cursor(connection.connection)
