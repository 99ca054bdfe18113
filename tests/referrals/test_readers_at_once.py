"""Who reads a large case is worked out once for all rows alike, and comes out as row by row."""

from contextlib import contextmanager

import pytest

from referrals.compartments import Compartment
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.world import World

pytestmark = pytest.mark.database
C = Compartment
FIRST = 1_900_000_000
"""Units that are nobody's: 1 to 6 beyond it."""
# Shares agreed at other moments than one another, of other parts, to read or to contribute; one
# covers what comes later, one is over and one has not begun.
GRANTS = """
INSERT INTO referrals_grant (id, cell_id, case_id, unit_id, scope, level, valid_from, valid_until,
                             items_until)
SELECT gen_random_uuid(), c.cell_id, c.id, %(first)s + n, s, l, now() + b, now() + e,
       coalesce(c.created_at + i, timestamptz '9999-12-31 00:00:00+00')
  FROM referrals_case c, (VALUES
       (1, 8, 2, interval '-1 day', interval '9 days', interval '1 second'),
       (2, 24, 4, interval '-1 day', interval '7 days', interval '2 seconds'),
       (3, 8, 3, interval '-1 day', interval '8 days', NULL),
       (4, 1032, 2, interval '-1 day', interval '9 days', interval '2 seconds'),
       (4, 16, 4, interval '-1 day', interval '5 days', interval '3 seconds'),
       (5, 0, 1, interval '-1 day', interval '9 days', interval '3 seconds'),
       (6, 24, 4, interval '-2 days', interval '-1 day', interval '4 seconds'),
       (6, 24, 4, interval '1 day', interval '2 days', interval '4 seconds')
     ) AS g (n, s, l, b, e, i)
 WHERE c.id = %(case)s
"""
# One row of each kind at each of these moments: at the very end of what a share covers, and at the
# shortest time before and after.
MOMENTS = """
  FROM referrals_case c, generate_series(0, 4) AS second,
       (VALUES (-1), (0), (1)) AS beside (micro),
       LATERAL (SELECT c.created_at + second * interval '1 second'
                       + micro * interval '1 microsecond' AS at) m,
"""
ROWS = (
    "INSERT INTO referrals_milestone (id, cell_id, case_id, bit, kind, detail, by_name, by_agency,"
    " created_at, viewers, editors, recheck_at) SELECT gen_random_uuid(), c.cell_id, c.id, bit,"
    " 'note.added', '', '', '', m.at, '{}', '{}', timestamptz '9999-12-31 00:00:00+00'"
    f"{MOMENTS} (VALUES (-2), (3), (4), (10)) AS part (bit) WHERE c.id = %(case)s",
    "INSERT INTO referrals_measure (id, cell_id, case_id, bit, kind, note, owner_unit, owner_name,"
    " due_on, state, decided_by, created_at, version, viewers, editors, recheck_at)"
    " SELECT gen_random_uuid(), c.cell_id, c.id, 10, 'other', '\\x00', %(first)s + owner, 'x',"
    " current_date, 'planned', gen_random_uuid(), m.at, 1, '{}', '{}',"
    " timestamptz '9999-12-31 00:00:00+00'"
    f"{MOMENTS} generate_series(1, 6) AS owner WHERE c.id = %(case)s",
    "INSERT INTO referrals_document (id, cell_id, case_id, bit, nature, kind, size, state, about,"
    " file_key, owner_unit, owner_name, copy_of_id, only_for, withheld, added_by, created_at,"
    " since, version, viewers, editors, recheck_at) SELECT gen_random_uuid(), c.cell_id, c.id, bit,"
    " 'report', 'pdf', 1, 'ready', '\\x00', '\\x00', %(first)s + owner, 'x',"
    " CASE WHEN one IS NOT NULL THEN gen_random_uuid() END, one, not_for, gen_random_uuid(),"
    " now(), m.at, 1, '{}', '{}', timestamptz '9999-12-31 00:00:00+00'"
    f"{MOMENTS} (VALUES (3), (4)) AS part (bit), generate_series(1, 4) AS owner,"
    " (VALUES (NULL::int[], '{}'::int[]), (ARRAY[%(first)s + 1], '{}'),"
    " (NULL, ARRAY[%(first)s + 2, %(first)s + 4])) AS copies (one, not_for)"
    " WHERE c.id = %(case)s",
)
DRIFTS = "SELECT count(*) FROM referrals.drift() d WHERE d = %(case)s"
SYNC = "SELECT referrals.sync_case(%(case)s)"
WHERE = (
    "SELECT bit, array_agg(ctid ORDER BY id) FROM referrals_document WHERE case_id = %(case)s"
    " GROUP BY bit ORDER BY bit"
)


@contextmanager
def a_large_case(world):
    """Shares and rows that nobody has brought in line yet; nothing of them stays."""
    values = {"case": world.activated(), "first": FIRST}
    with admin(database_name()) as connection, connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL track_functions = 'all'")
        connection.execute("SET LOCAL session_replication_role = replica")
        for statement in (GRANTS, *ROWS):
            connection.execute(statement, values)
        connection.execute("SET LOCAL session_replication_role = DEFAULT")
        yield connection, values


def asked(connection):
    """How often each of the two was asked who reads a row."""
    found = connection.execute(
        "SELECT funcname, calls FROM pg_stat_xact_user_functions"
        " WHERE schemaname = 'referrals' AND funcname IN ('readers', 'document_readers')"
    )
    return dict(found.fetchall())


def test_each_row_gets_the_readers_that_it_would_get_alone(world: World):
    with a_large_case(world) as (connection, values):
        assert connection.execute(DRIFTS, values).fetchone() == (1,)
        connection.execute(SYNC, values)
        assert connection.execute(DRIFTS, values).fetchone() == (0,)
        kinds = connection.execute(
            "SELECT count(DISTINCT (viewers, editors, recheck_at)) FROM referrals_document"
            " WHERE case_id = %(case)s",
            values,
        ).fetchone()
        assert kinds[0] > 10, "rows that are not all alike"
        # A row that is in line already is left where it is, whatever becomes of its neighbours.
        facts, steps = connection.execute(WHERE, values).fetchall()
        connection.execute(
            "UPDATE referrals_grant SET scope = 16 WHERE case_id = %(case)s"
            " AND unit_id = %(first)s + 2",
            values,
        )
        connection.execute(SYNC, values)
        after = connection.execute(WHERE, values).fetchall()
        assert after[0] != facts
        assert after[1] == steps
        assert connection.execute(DRIFTS, values).fetchone() == (0,)
        connection.execute(
            "DELETE FROM referrals_grant WHERE case_id = %(case)s AND unit_id > %(first)s", values
        )
        connection.execute(SYNC, values)
        assert connection.execute(DRIFTS, values).fetchone() == (0,)


def test_more_rows_of_the_same_kind_cost_no_more_questions(world: World):
    """The whole difference between a case of a hundred things and one of a thousand."""
    with a_large_case(world) as (connection, values):
        connection.execute(SYNC, values)
        first = asked(connection)
        assert first["document_readers"] < 150
        connection.execute("SET LOCAL session_replication_role = replica")
        for statement in ROWS * 2:
            connection.execute(statement, values)
        connection.execute("SET LOCAL session_replication_role = DEFAULT")
        connection.execute(SYNC, values)
        second = asked(connection)
        assert {name: second[name] - calls for name, calls in first.items()} == first


def test_a_line_of_the_queue_is_written_only_when_it_changes(world: World):
    where = "SELECT ctid FROM referrals_case_access WHERE case_id = %(case)s ORDER BY unit_id"
    with a_large_case(world) as (connection, values):
        connection.execute(SYNC, values)
        before = connection.execute(where, values).fetchall()
        connection.execute(SYNC, values)
        assert connection.execute(where, values).fetchall() == before
        change = "UPDATE referrals_grant SET {} WHERE case_id = %(case)s AND unit_id = %(first)s+1"
        connection.execute(change.format("scope = 1032"), values)
        connection.execute(change.format("valid_until = now() + interval '3 days'"), values)
        connection.execute(
            "DELETE FROM referrals_grant WHERE case_id = %(case)s AND unit_id = %(first)s + 3",
            values,
        )
        connection.execute(SYNC, values)
        rows = connection.execute(
            "SELECT unit_id - %(first)s, scope, level, valid_until = now() + interval '3 days'"
            " FROM referrals_case_access WHERE case_id = %(case)s AND unit_id > %(first)s"
            " ORDER BY unit_id",
            values,
        ).fetchall()
    assert rows == [(1, 1032, 2, True), (2, 24, 4, False), (4, 1048, 4, False), (5, 0, 1, False)]
