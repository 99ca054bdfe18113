"""Looks for a word in every byte that the database keeps."""

import psycopg
from django.conf import settings

from tests.support.database import admin


def tables_holding(word: str) -> list[str]:
    """The tables with a row that holds the word as text or as bytes, readable by who steals them.

    Bytes are printed as hexadecimal digits, so both spellings are looked for, and both without
    and with the escapes of JSON.
    """
    spellings = {word, word.encode().hex(), word.encode("utf-16-le").hex()}
    pattern = "|".join(sorted(spellings))
    with admin(database_name()) as connection:
        return [name for name in _tables(connection) if _holds(connection, name, pattern)]


def fingerprint() -> dict[str, str]:
    """A digest of every table except the record, the sessions' idle ends and the files to look at.

    A file is said to be on its way before it is looked at, whatever comes of it.
    """
    left_out = ("audit_", "kernel_session", "django_migrations", "referrals_loose_file")
    with admin(database_name()) as connection:
        names = [name for name in _tables(connection) if not name.startswith(left_out)]
        digests = ", ".join(
            "(SELECT count(*) || ':' || coalesce(sum(hashtextextended(t::text, 0)), 0)"
            f" FROM {name} t)"
            for name in names
        )
        found = connection.execute(f"SELECT {digests}").fetchone() or ()
        return dict(zip(names, found, strict=True))


def _tables(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY 1"
    ).fetchall()
    return [name for (name,) in rows]


def _holds(connection: psycopg.Connection, table: str, pattern: str) -> bool:
    query = f"SELECT EXISTS (SELECT 1 FROM {table} t WHERE t::text ~* %s)"
    row = connection.execute(query, [pattern]).fetchone()
    return bool(row and row[0])


def database_name() -> str:
    """The test database of this process."""
    return str(settings.DATABASES["default"]["NAME"])
