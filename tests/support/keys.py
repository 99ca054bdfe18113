"""Changing keys in a test without leaving anything changed behind."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from kernel.crypto import cases, periods
from kernel.crypto.keyring import root_key
from tests.support.database import admin
from tests.support.searching import database_name

KEPT = (
    ("kernel_period_key", "id", "wrapped"),
    ("otp_totp_totpdevice", "id", "key"),
)


def forget_keys() -> None:
    """As in a process that has just started: nothing is remembered."""
    root_key.cache_clear()
    periods._cache.clear()
    cases._cache.clear()


@contextmanager
def keys_put_back() -> Iterator[psycopg.Connection]:
    """Whatever the root key wraps is afterwards as it was before."""
    with admin(database_name()) as connection:
        before = {
            table: connection.execute(f"SELECT {key}, {value} FROM {table}").fetchall()
            for table, key, value in KEPT
        }
        try:
            yield connection
        finally:
            for table, key, value in KEPT:
                with connection.cursor() as cursor:
                    cursor.executemany(
                        f"UPDATE {table} SET {value} = %s WHERE {key} = %s",
                        [(wrapped, place) for place, wrapped in before[table]],
                    )
                # What a test has added is wrapped by a key that is gone.
                known = [place for place, _wrapped in before[table]]
                connection.execute(f"DELETE FROM {table} WHERE {key} <> ALL (%s)", [known])
            forget_keys()
