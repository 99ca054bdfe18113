"""Rows as PostgreSQL keeps them, all at once or as they come."""

import pytest
from django.db import DataError, connection, transaction

from kernel.binary import binary_rows, binary_stream

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("database")]
MANY = "SELECT g, convert_to(repeat('x', %(size)s::int), 'UTF8') FROM generate_series(1, 20000) g"


def test_rows_come_in_their_order_with_their_bytes():
    with transaction.atomic():
        everything = binary_rows(MANY, {"size": 3})
        with binary_stream(MANY, {"size": 3}) as rows:
            assert list(rows) == everything == [(g, b"xxx") for g in range(1, 20001)]


def test_whoever_stops_halfway_can_go_on_in_the_same_transaction():
    """Twenty megabytes are on their way: more than anything between the two processes holds."""

    def stop_halfway():
        with binary_stream(MANY, {"size": 1000}) as rows:
            assert next(rows)[0] == 1
            raise LookupError

    with transaction.atomic():
        with pytest.raises(LookupError):
            stop_halfway()
        assert binary_rows("SELECT %(one)s::int", {"one": 1}) == [(1,)]
        with connection.cursor() as cursor:
            cursor.execute("SELECT 2")
            assert cursor.fetchone() == (2,)


def test_what_postgresql_refuses_is_raised_as_django_raises_it():
    """At once, and when thousands of rows have been read."""
    with pytest.raises(DataError), transaction.atomic():
        binary_rows("SELECT 1 / (%(one)s::int - 1)", {"one": 1})
    late = "SELECT 1 / (g - 15000) FROM generate_series(1, %(many)s::int) g"
    values = {"many": 20000}
    with pytest.raises(DataError), transaction.atomic(), binary_stream(late, values) as rows:
        list(rows)
