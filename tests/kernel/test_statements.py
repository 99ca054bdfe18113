"""What is sent together is kept together or not at all."""

import os

import pytest
from django.db import DatabaseError, connections, transaction

from kernel.statements import Statement, send

pytestmark = pytest.mark.usefixtures("database")
MAKE = "INSERT INTO agencies_attempt (key, failures, window_ends) VALUES (%s, 0, now())"
BREAK = Statement("SELECT 1 / %s", [0])


def exists(key):
    with connections["signin"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM agencies_attempt WHERE key = %s", [key])
        return cursor.fetchone()[0] == 1


def test_all_of_them_are_carried_out():
    keys = [os.urandom(32) for _ in range(3)]
    send("signin", *(Statement(MAKE, [key]) for key in keys))
    assert all(exists(key) for key in keys)


def test_when_one_fails_none_has_happened():
    key = os.urandom(32)
    with pytest.raises(DatabaseError):
        send("signin", Statement(MAKE, [key]), BREAK)
    assert not exists(key)


def test_inside_a_transaction_they_are_part_of_it():
    key = os.urandom(32)
    with transaction.atomic(using="signin"):
        send("signin", Statement(MAKE, [key]), Statement(MAKE, [os.urandom(32)]))
        assert exists(key)
        transaction.set_rollback(True, using="signin")
    assert not exists(key)


def test_a_value_never_becomes_a_statement():
    key = b"'); DROP TABLE agencies_attempt; --"[:32]
    send(
        "signin",
        Statement(MAKE, [key]),
        Statement("DELETE FROM agencies_attempt WHERE key = %s", [key]),
    )
    assert not exists(key)
