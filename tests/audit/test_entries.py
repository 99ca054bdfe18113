"""Entries are read whole and in order, few or many at once, and failures are told."""

import psycopg
import pytest

from audit import entries, log
from audit.leaf import BEGINNING, END, key_of
from tests.audit.working import ids_of


def test_all_arrive_in_order_and_the_connection_serves_on(opened, cell, owner_of_everything):
    opened(3000, each=500)
    ids = ids_of(owner_of_everything, cell)
    with log.connect("auditor") as connection:
        for after, until, expected in ((BEGINNING, END, ids), (END, END, [])):
            found = list(entries.leaves_between(connection, cell, after, until))
            assert [key_of(leaf).id for leaf in found] == expected
        for count in (1, 7):
            some = list(entries.leaves(connection, "cell_id = %s", [cell], limit=count))
            assert [key_of(leaf).id for leaf in some] == ids[:count]
        begun = entries.leaves(connection, "cell_id = %s", [cell])
        assert key_of(next(begun)).id == ids[0]
        begun.close()
        assert log.execute(connection, "SELECT 1") == [(1,)]
        assert list(entries.leaves(connection, "cell_id = %s", [-1])) == []


def test_a_copy_that_fails_on_the_way_is_an_error_and_not_a_short_log(opened, cell):
    opened(3000, each=500)
    fails = "cell_id = %s AND id / (id - %s) IS NOT NULL"
    with log.connect("auditor") as connection:
        last = list(entries.leaves(connection, "cell_id = %s", [cell]))[-1]
        with pytest.raises(psycopg.Error):
            list(entries.leaves(connection, fails, [cell, key_of(last).id]))
