"""The tally counts what there is, and a page led by it is the page that a walk finds."""

import random
from datetime import datetime, time, timedelta
from types import SimpleNamespace
from uuid import uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit import payload
from audit.desk import groups, reading
from audit.desk.filters import Filters
from audit.desk.findings import looked_until
from audit.leaf import Key
from audit.tasks import count_entries
from kernel.scope import acting_as
from tests.audit import seats
from tests.audit.working import seal
from tests.support.database import admin, as_role

pytestmark = pytest.mark.database
PARIS = ZoneInfo("Europe/Paris")
KINDS = ["case.read", "case.read", "case.read", "case.searched", "export.asked", "role.changed"]


@pytest.fixture(scope="module")
def ground(database):
    """A cell with entries of five days that overlap in the log; the last ones are not counted."""
    cell = seats.a_cell()
    chance = random.Random(7)
    with admin(settings.DATABASES["default"]["NAME"]) as owner:
        auditor = seats.a_seat(owner, cell, "auditor")
        actors, agencies = [uuid4() for _ in range(4)], [uuid4(), uuid4(), None]
        start = timezone.localtime().replace(hour=12, minute=0)
        entries = []
        for portion in range(26):
            if portion == 24:
                seal(cell)
                count_entries()
            with owner.transaction():
                for _ in range(10):
                    at = start + timedelta(hours=4 * portion + chance.randrange(-9, 9))
                    entries.append(
                        _insert(owner, cell, at, chance, chance.choice(actors), agencies)
                    )
        yield SimpleNamespace(
            cell=cell,
            owner=owner,
            auditor=auditor,
            actors=actors,
            agencies=agencies,
            start=start,
            entries=entries,
        )


def _insert(owner, cell, at, chance, actor, agencies):
    kind, channel = chance.choice(KINDS), chance.choice(["page", "page", "api", "token"])
    outcome = "refused" if chance.random() < 0.1 else "done"
    agency = chance.choice(agencies)
    row = owner.execute(
        "INSERT INTO audit_entry (at, cell_id, kind, outcome, actor, agency, request, payload)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING epoch, xid::text::int8, id",
        [at, cell, kind, outcome, actor, agency, uuid4(), payload.encode(channel, {})],
    ).fetchone()
    return SimpleNamespace(
        key=Key(*row),
        at=at,
        kind=kind,
        outcome=outcome,
        actor=actor,
        agency=agency,
        channel=channel,
    )


def fits(entry, filters):
    """The filters said once more, about what was written."""
    same = all(
        getattr(entry, name) == getattr(filters, name)
        for name in ("actor", "agency", "kind", "channel", "outcome")
        if getattr(filters, name)
    )
    grouped = {"": True, "refusals": entry.outcome == "refused"}.get(
        filters.group, entry.kind in groups.kinds_of(filters.group)
    )
    after = filters.since is None or entry.at >= filters.since
    return same and grouped and after and (filters.until is None or entry.at < filters.until)


def expected(ground, filters):
    return [
        entry.key
        for entry in sorted(ground.entries, key=lambda entry: entry.key, reverse=True)
        if fits(entry, filters)
    ]


def counted_ones(ground):
    reach = ground.owner.execute("SELECT epoch, xid::text::int8, id FROM audit_tally_reach")
    reached = Key(*reach.fetchone())
    return [entry for entry in ground.entries if entry.key <= reached]


def asked(ground):
    day = ground.start + timedelta(days=2)
    midnight = datetime.combine(day, time.min, PARIS)
    return [
        Filters(),
        Filters(kind="export.asked"),
        Filters(kind="export.asked", channel="token"),
        Filters(outcome="refused"),
        Filters(group="refusals", agency=ground.agencies[0]),
        Filters(group="searches", actor=ground.actors[1]),
        Filters(group="reads"),
        Filters(group="searches", channel="page"),
        Filters(agency=ground.agencies[1], kind="case.read"),
        Filters(channel="api", outcome="done"),
        Filters(channel="command"),
        Filters(since=midnight, until=midnight + timedelta(days=1)),
        Filters(since=midnight),
        Filters(until=midnight - timedelta(microseconds=1)),
        Filters(until=midnight, kind="case.searched"),
        Filters(actor=ground.actors[0], channel="token", outcome="refused"),
    ]


@pytest.mark.parametrize("walked", [1, 30, 1000])
def test_every_page_is_what_a_walk_through_everything_finds(walked, ground):
    with acting_as(ground.auditor):
        for filters in asked(ground):
            found, before = [], None
            while True:
                rows = reading.newest(ground.cell, filters, before, 4, walked=walked)
                found += [Key(*row[:3]) for row in rows]
                if len(rows) < 4:
                    break
                before = found[-1]
            assert found == expected(ground, filters), (walked, filters)
            short = {"walked": walked, "columns": reading.KEYS}
            keys = reading.newest(ground.cell, filters, None, 50, **short)
            assert [Key(*row) for row in keys] == found[:50], (walked, filters)


def test_the_tally_counts_each_sealed_entry_once_and_no_other(ground):
    counted = ground.owner.execute(
        "SELECT day, kind, sum(n)::int, sum(night)::int FROM audit_tally WHERE cell_id = %s"
        " GROUP BY 1, 2 ORDER BY 1, 2",
        [ground.cell],
    ).fetchall()
    days = {}
    for entry in counted_ones(ground):
        local = entry.at.astimezone(PARIS)
        n, night = days.get((local.date(), entry.kind), (0, 0))
        days[local.date(), entry.kind] = (n + 1, night + (local.hour >= 22 or local.hour < 6))
    assert counted == [(*key, *numbers) for key, numbers in sorted(days.items())]


def test_counting_twice_counts_once(ground):
    before = ground.owner.execute(
        "SELECT sum(n) FROM audit_tally WHERE cell_id = %s", [ground.cell]
    )
    n = before.fetchone()[0]
    count_entries()
    again = ground.owner.execute("SELECT sum(n) FROM audit_tally WHERE cell_id = %s", [ground.cell])
    assert again.fetchone()[0] == n == len(counted_ones(ground)) >= 240


def test_a_rare_filter_never_sorts_or_reads_the_whole_log(ground):
    """However long the log is: each step follows an index and looks at a bounded number of rows."""
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
    assert len(queries) <= 9
    walk, end, *_others = plans
    assert "Sort  (" not in walk + end
    [by_person] = [plan for plan in plans if "Function Scan on s" in plan]
    assert "Nested Loop" in by_person
    assert "actor = s.of_actor" in by_person
    assert "Index Scan Backward" in by_person
    stretches = plans[-3]
    assert "audit_tally" in stretches
    assert "Index" in stretches


def test_only_the_worker_counts_and_nobody_writes_the_tally(ground):
    for role in ("runtime", "signin", "sealer", "auditor", "operator"):
        with as_role(role) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("SELECT audit.count_on(1)")
    for role in ("runtime", "worker", "auditor"):
        with as_role(role) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("UPDATE audit_tally SET n = 1")


def test_the_tally_is_for_who_reads_the_record_of_that_cell(ground):
    stranger = seats.a_seat(ground.owner, seats.a_cell(), "auditor")
    colleague = seats.a_seat(ground.owner, ground.cell, "cell_coordinator")
    for viewer, seen in ((ground.auditor, True), (stranger, False), (colleague, False)):
        with acting_as(viewer), connection.cursor() as cursor:
            for table in ("audit_tally", "audit_tally_day"):
                cursor.execute(f"SELECT count(*) > 0 FROM {table} WHERE cell_id = {ground.cell}")
                assert cursor.fetchone()[0] == seen
            cursor.execute("SELECT count(*) FROM audit_tally_reach")
            assert cursor.fetchone()[0] == (0 if viewer is colleague else 1)


def test_what_is_counted_while_a_page_is_read_is_not_left_out(ground):
    """A stretch that grows past the floor after the days over it have been asked."""
    cell, actor = seats.a_cell(), uuid4()
    auditor = seats.a_seat(ground.owner, cell, "auditor")
    chance = random.Random(3)

    def written():
        return _insert(ground.owner, cell, ground.start, chance, actor, [None]).key

    first = [written() for _ in range(20)]
    seal(cell)
    count_entries()
    second = [written() for _ in range(20)]
    moved = []

    def count_on(execute, query, values, many, context):
        if "audit_tally WHERE" in query and "ORDER BY last_epoch" in query and not moved:
            moved.append(True)
            seal(cell)
            count_entries()
        return execute(query, values, many, context)

    everything = Filters(actor=actor, until=ground.start + timedelta(days=30))
    with acting_as(auditor), connection.execute_wrapper(count_on):
        rows = reading.newest(cell, everything, None, 50, walked=1)
    assert moved
    assert [Key(*row[:3]) for row in rows] == sorted(first + second, reverse=True)


def test_the_findings_say_until_when_they_have_looked(opened, cell, auditor, owner_of_everything):
    def until():
        with acting_as(auditor) as viewer:
            return looked_until(viewer)

    before = timezone.now()
    assert until() > before, "nothing waits to be counted"
    opened(2)
    first = "SELECT min(at) FROM audit_entry WHERE cell_id = %s"
    assert [until()] == [at for (at,) in owner_of_everything.execute(first, [cell])]
    seal(cell)
    now = timezone.now()
    while count_entries():
        pass
    assert until() > now
