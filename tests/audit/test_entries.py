"""Entries are read whole and in order, few or many at once, and failures are told."""

from contextlib import nullcontext

import psycopg
import pytest

from audit import entries, log
from audit.leaf import BEGINNING, END, TAG, key_of
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


def test_many_are_the_same_and_nothing_that_is_asked_later_is_planned_otherwise(opened, cell):
    opened(700)
    settings = (
        "SELECT current_setting('enable_sort'), current_setting('max_parallel_workers_per_gather')"
    )
    with log.connect("auditor") as connection:
        before = log.execute(connection, settings)
        for around in (nullcontext(), connection.transaction()):
            with around:
                found = entries.many_between(connection, cell, BEGINNING, END)
                leaves = list(entries.leaves_between(connection, cell, BEGINNING, END))
                assert len(leaves) == 700
                assert [TAG + row for row in found] == leaves
                assert log.execute(connection, settings) == before
