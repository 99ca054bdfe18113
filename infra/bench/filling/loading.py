"""Fills tables without their indexes and makes these afterwards, two tables at a time."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg

from infra.bench.filling.database import admin

AT_ONCE = 2
# Those that no foreign key of another table rests on.
CONSTRAINTS = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname,
              pg_get_constraintdef(oid))
  FROM pg_constraint c WHERE conrelid = %(table)s::regclass AND contype IN ('p', 'u')
   AND NOT EXISTS (SELECT 1 FROM pg_constraint f WHERE f.contype = 'f' AND f.conindid = c.conindid)
"""
INDEXES = """
SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
  FROM pg_index i WHERE indrelid = %(table)s::regclass
   AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid)
"""


@dataclass(frozen=True, slots=True)
class Filling:
    """The statements that fill one table; ``{now}`` stands for the moment of filling."""

    table: str
    statements: tuple[str, ...]


@contextmanager
def bulk(database: str) -> Iterator[psycopg.Connection]:
    """A superuser's connection on which no trigger fires and no statement runs out of time."""
    with admin(database) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET work_mem = '256MB'; SET maintenance_work_mem = '512MB'")
        connection.execute("SET synchronous_commit = off; SET max_parallel_maintenance_workers = 0")
        yield connection


def fill_tables(
    database: str, fillings: Sequence[Filling], moment: datetime, tell: Callable[[str], None]
) -> None:
    """Fill every table; the first error of one stops the whole."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        tasks = {pool.submit(_fill, database, f, moment): f.table for f in fillings}
        for done, task in enumerate(as_completed(tasks), 1):
            task.result()
            tell(f"{done} of {len(tasks)} tables")


def _fill(database: str, filling: Filling, moment: datetime) -> None:
    with bulk(database) as connection:
        table = {"table": filling.table}
        constraints = connection.execute(CONSTRAINTS, table).fetchall()
        indexes = connection.execute(INDEXES, table).fetchall()
        for remove, _make in [*constraints, *indexes]:
            connection.execute(remove)
        for statement in filling.statements:
            connection.execute(statement.format(now=f"timestamptz '{moment.isoformat()}'").encode())
        for _remove, make in [*constraints, *indexes]:
            connection.execute(make)
        connection.execute(f"VACUUM (ANALYZE) {filling.table}")
