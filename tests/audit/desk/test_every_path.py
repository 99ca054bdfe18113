"""Whichever way leads to a page of the journal, it is the page that a look at all entries gives."""

import contextlib
import random
import re
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.desk import groups, reading
from audit.desk.filters import CHANNELS, Filters
from audit.desk.stretches import entries_before
from audit.leaf import END as LAST
from audit.leaf import Key
from audit.tasks import count_entries
from kernel.scope import acting_as
from tests.audit import seats
from tests.audit.desk.written import KINDS, a_record, expected, written
from tests.audit.working import seal
from tests.support.database import admin

pytestmark = pytest.mark.database
LINES, END = 8_000, 10**7
FEW, SOME = 100, 400
"""So many pages of the database at most for one question, however many lines the tally has."""
QUESTIONS = 6


class Enough(Exception):
    """No entry is where the lines of the long tally say: after the first it would ask for more."""


@pytest.fixture(scope="module")
def owner(database):
    with admin(settings.DATABASES["default"]["NAME"]) as connected:
        yield connected


@pytest.fixture(scope="module")
def ground(owner):
    return a_record(owner)


def any_filters(ground, chance):
    """Some of the filters that there are, each with one of its values."""
    moments = [None, *(ground.start + timedelta(hours=hours) for hours in range(-20, 120, 7))]
    since, until = chance.choice(moments), chance.choice(moments)
    values = {
        "actor": ground.actors,
        "agency": [each for each in ground.agencies if each],
        "group": [*groups.LABELS],
        "kind": [*KINDS, "case.never"],
        "channel": CHANNELS[:5],
        "outcome": ["done", "refused"],
    }
    set_ones = [name for name in values if chance.random() < 0.35]
    return Filters(
        since=since, until=until, **{name: chance.choice(values[name]) for name in set_ones}
    )


@pytest.mark.parametrize("seed", range(4))
def test_filters_at_random_give_what_a_look_at_all_entries_gives(seed, ground):
    chance = random.Random(seed)
    with acting_as(ground.auditor):
        for _ in range(25):
            filters, walked = any_filters(ground, chance), chance.choice([1, 5, 40])
            before = chance.choice([None, *(entry.key for entry in ground.entries)])
            limit = chance.choice([1, 4, 30])
            rows = reading.newest(ground.cell, filters, before, limit, walked=walked)
            wanted = expected(ground.entries, filters)
            behind = [key for key in wanted if before is None or key < before]
            found = [Key(*row[:3]) for row in rows]
            assert found == behind[:limit], (filters, before, limit, walked)


@pytest.mark.parametrize("moment", range(8))
def test_what_is_counted_while_a_page_is_read_is_not_left_out(moment, ground):
    """Before any of its questions to the tally: a stretch may grow past the floor between two."""
    cell, actor = seats.a_cell(), uuid4()
    auditor = seats.a_seat(ground.owner, cell, "auditor")
    chance = random.Random(moment)

    def some(count):
        at = ground.start + timedelta(minutes=moment)
        return [written(ground.owner, cell, at, chance, actor, [None]) for _ in range(count)]

    entries = some(20)
    seal(cell)
    count_entries()
    entries += some(20)
    asked = []

    def count_on(execute, query, values, many, context):
        if "audit_tally" in query:
            asked.append(query)
            if len(asked) == moment + 1:
                seal(cell)
                count_entries()
        return execute(query, values, many, context)

    reads = Filters(group="reads", until=ground.start + timedelta(days=30))
    with acting_as(auditor), connection.execute_wrapper(count_on):
        rows = reading.newest(cell, reads, None, 50, walked=1)
    assert len(asked) > moment
    assert [Key(*row[:3]) for row in rows] == expected(entries, reads)


def test_a_rare_filter_asks_few_questions_and_sorts_nothing_but_what_it_shows(ground):
    filters = Filters(kind="export.asked", channel="token")
    with acting_as(ground.auditor):
        with CaptureQueriesContext(connection) as captured:
            reading.newest(ground.cell, filters, None, 5, walked=3)
        queries = [each["sql"] for each in captured if "audit_" in each["sql"]]
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
            plans = []
            for query in queries:
                cursor.execute(f"EXPLAIN {query}")
                plans.append("\n".join(row[0] for row in cursor.fetchall()))
    assert len(queries) <= 10
    walk, end, *_others = plans
    assert "Sort  (" not in walk + end
    [by_person] = [plan for plan in plans if "Function Scan on s" in plan]
    assert "Nested Loop" in by_person
    assert "actor = s.of_actor" in by_person
    assert "Index Scan Backward" in by_person


@pytest.fixture(scope="module")
def long_tally(owner):
    """One person of an agency reads cases for years, and whoever else tries to is refused.

    They were refused as well, but long ago; so are the searches. The lines lie as they come, like
    those of a real cell: each on a page of its own.
    """
    cell, agency, actor = seats.a_cell(), uuid4(), uuid4()
    auditor = seats.a_seat(owner, cell, "auditor")
    owner.execute(
        "INSERT INTO audit_tally SELECT %(cell)s, current_date - n,"
        " CASE WHEN n > %(lines)s - 20 AND n %% 2 = 1 THEN 'case.searched' ELSE 'case.read' END,"
        " CASE WHEN n > %(lines)s - 20 OR n %% 2 = 1 THEN 'refused' ELSE 'done' END, 'page',"
        " CASE n %% 2 WHEN 0 THEN %(agency)s ELSE gen_random_uuid() END,"
        " CASE n %% 2 WHEN 0 THEN %(actor)s ELSE gen_random_uuid() END, 1, 0, 1,"
        " (%(end)s - n)::text::xid8, %(end)s - n, 1, (%(end)s - n)::text::xid8, %(end)s - n"
        " FROM generate_series(1, %(lines)s) n ORDER BY random()",
        {"cell": cell, "agency": agency, "actor": actor, "lines": LINES, "end": END},
    )
    owner.execute(
        "INSERT INTO audit_tally_day SELECT cell_id, day, first_epoch, first_xid, first_id,"
        " last_epoch, last_xid, last_id FROM audit_tally WHERE cell_id = %s",
        [cell],
    )
    owner.execute("ANALYZE audit_tally, audit_tally_day")
    yield cell, auditor, agency, actor
    owner.execute("DELETE FROM audit_tally WHERE cell_id = %s", [cell])
    owner.execute("DELETE FROM audit_tally_day WHERE cell_id = %s", [cell])


NEVER = [
    {"kind": "case.read", "channel": "command"},
    {"channel": "token"},
    {"group": "exports"},
    {"group": "reads", "channel": "api"},
    {"group": "reads", "kind": "audit.read"},
]
LONG_AGO = [("anybody", {"kind": "case.searched"}), ("other", {"kind": "case.read"})]
LONG_AGO += [(who, {"outcome": "refused"}) for who in ("agency", "actor", "both")]


@pytest.mark.parametrize(
    ("who", "rare"),
    [*((who, rare) for who in ("anybody", "agency", "actor", "both") for rare in NEVER), *LONG_AGO],
    ids=str,
)
def test_what_hardly_happens_is_not_looked_for_among_what_does(who, rare, long_tally):
    cell, auditor, agency, actor = long_tally
    whom = {"agency": {"agency": agency}, "actor": {"actor": actor}, "anybody": {}}
    whom["both"] = {"agency": agency, "actor": actor}
    whom["other"] = {"agency": uuid4(), "actor": actor}
    with acting_as(auditor):
        found, read = led_by_tally(cell, Filters(**rare, **whom[who]))
    assert found == []
    assert 0 < len(read) <= QUESTIONS
    assert max(read) < FEW or who == "other", read


def test_the_nearest_are_found_without_the_others(long_tally):
    cell, auditor, agency, actor = long_tally
    kind = {"kind": "case.read"}
    for whom in ({}, {"agency": agency}, {"actor": actor}, {"actor": actor, "agency": agency}):
        with acting_as(auditor):
            _found, read = led_by_tally(cell, Filters(**kind, **whom), batches=1)
        assert max(read) < SOME, (whom, read)


def test_the_planner_knows_how_much_lies_before_a_place(long_tally):
    """Across epochs it takes everything for one line, and any index for as good as another."""
    cell, auditor, _agency, _actor = long_tally
    thought = []

    def planned(execute, query, values, many, context):
        if "ORDER BY t.last_epoch" not in query:
            return execute(query, values, many, context)
        with connection.connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {query}", values)
            plan = "\n".join(row[0] for row in cursor.fetchall())
        thought.extend(map(int, re.findall(r" on audit_tally t\w* .*rows=(\d+)", plan)))
        assert "Index Only Scan Backward using audit_tally_ways" in plan, "where each ends"
        raise Enough

    asked = Filters(kind="case.read", outcome="refused")
    floor = Key(1, END - LINES // 2, END - LINES // 2)
    with acting_as(auditor), connection.execute_wrapper(planned), contextlib.suppress(Enough):
        entries_before(cell, asked, floor, None, 51, reading.COLUMNS)
    assert max(thought) > 5, thought


def test_of_a_person_nothing_is_walked_that_is_counted(ground):
    asked = {"group": "reads", "since": ground.start, "channel": "page"}
    with acting_as(ground.auditor), CaptureQueriesContext(connection) as captured:
        reading.newest(ground.cell, Filters(actor=ground.actors[0], **asked), None, 4)
    walks = [each["sql"] for each in captured if " FROM audit_entry" in each["sql"]]
    assert walks
    assert [walk for walk in walks if "(epoch, xid, id) > (" in walk or "unnest" in walk] == walks


def test_no_more_lines_of_the_tally_are_turned_to_than_hold_what_is_wanted(owner):
    """A person reads ten cases a day: for twenty-five entries, three of their days are enough."""
    cell, actor, given = seats.a_cell(), uuid4(), []
    auditor = seats.a_seat(owner, cell, "auditor")
    owner.execute(
        "INSERT INTO audit_tally SELECT %s, current_date - n, 'case.read', 'done', 'page',"
        " gen_random_uuid(), %s, 10, 0, 1, (9990 - 10 * n)::text::xid8, 9990 - 10 * n,"
        " 1, (9999 - 10 * n)::text::xid8, 9999 - 10 * n FROM generate_series(1, 60) n",
        [cell, actor],
    )

    def noted(execute, query, values, many, context):
        if "AS s (of_kind" in query:
            given.append(len(values[0]))
            raise Enough
        return execute(query, values, many, context)

    asked = Filters(actor=actor, kind="case.read")
    with acting_as(auditor), connection.execute_wrapper(noted), contextlib.suppress(Enough):
        entries_before(cell, asked, Key(1, 10**5, 10**5), None, 25, reading.COLUMNS)
    owner.execute("DELETE FROM audit_tally WHERE cell_id = %s", [cell])
    assert given == [3]


def test_what_a_line_holds_besides_what_fits_hides_no_other(owner):
    """Two lines end last and hold three entries; of these only the first fits, and one between."""
    cell, one, two, three = seats.a_cell(), uuid4(), uuid4(), uuid4()
    auditor = seats.a_seat(owner, cell, "auditor")
    noon = timezone.localtime().replace(hour=12) - timedelta(days=1)
    alike = SimpleNamespace(choice=lambda them: them[0], random=lambda: 1)
    entries = [
        written(owner, cell, noon + timedelta(hours=hours), alike, who, [None])
        for hours, who in ((-2, one), (-1, three), (1, one), (2, two))
    ]
    seal(cell)
    count_entries()
    before_noon = Filters(kind="case.read", until=noon)
    with acting_as(auditor):
        rows = entries_before(cell, before_noon, LAST, None, 2, reading.KEYS)
    assert [Key(*row) for row in rows] == expected(entries, before_noon)
    assert len(rows) == 2


def test_below_what_is_counted_nothing_is_sought_that_is_not(ground):
    deep = sorted(entry.key for entry in ground.entries)[30]
    with acting_as(ground.auditor), CaptureQueriesContext(connection) as captured:
        reading.newest(ground.cell, Filters(until=ground.start + timedelta(days=90)), deep, 4)
    walks = [each["sql"] for each in captured if "FROM audit_entry" in each["sql"]]
    assert walks
    assert not [walk for walk in walks if "(epoch, xid, id) > (" in walk]


def led_by_tally(cell, filters, batches=None):
    """The entries, and how many pages of the database each question to the tally has looked at."""
    read = []

    def explained(execute, query, values, many, context):
        if "audit_tally" in query:
            with connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}", values)
                plan = cursor.fetchone()[0][0]["Plan"]
            read.append(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
        elif batches and "FROM unnest" in query:
            raise Enough
        return execute(query, values, many, context)

    floor, found = Key(1, END - LINES // 2, END - LINES // 2), None
    with contextlib.suppress(Enough), connection.execute_wrapper(explained):
        found = entries_before(cell, filters, floor, None, 51, reading.COLUMNS)
    return found, read
