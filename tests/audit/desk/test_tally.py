"""The tally counts what there is, and a page led by it is the page that a walk finds."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from audit.desk import reading
from audit.desk.filters import Filters
from audit.desk.findings import looked_until
from audit.leaf import Key
from audit.tasks import count_entries
from kernel.scope import acting_as
from tests.audit import seats
from tests.audit.desk.written import a_record, expected
from tests.audit.working import seal
from tests.support.database import admin, as_role

pytestmark = pytest.mark.database
PARIS = ZoneInfo("Europe/Paris")
KINDS = ["case.read", "case.read", "case.read", "case.searched", "export.asked", "role.changed"]


@pytest.fixture(scope="module")
def ground(database):
    with admin(settings.DATABASES["default"]["NAME"]) as owner:
        yield a_record(owner)


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
            assert found == expected(ground.entries, filters), (walked, filters)
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
