"""The role of the baseline: everything the runtime role may do, and no row security."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from infra.bench.filling.database import admin

RUNTIME = "rempart_runtime"
NAME = f"rempart_{os.environ.get('REMPART_BENCH_PREFIX', 'bench')}"


@dataclass(frozen=True, slots=True)
class Login:
    """A database role and its password."""

    user: str
    password: str = field(repr=False)


@contextmanager
def without_row_security() -> Iterator[Login]:
    """A role that exists as long as the measurement, with a password that nobody else knows."""
    password = secrets.token_hex(24)
    role, runtime = sql.Identifier(NAME), sql.Identifier(RUNTIME)
    with admin() as connection:
        _drop(connection)
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN BYPASSRLS PASSWORD {}").format(
                role, sql.Literal(password)
            )
        )
        connection.execute(sql.SQL("GRANT {} TO {}").format(runtime, role))
    try:
        yield Login(NAME, password)
    finally:
        with admin() as connection:
            _drop(connection)


def _drop(connection: psycopg.Connection) -> None:
    connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", [NAME]
    )
    connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(NAME)))
