"""What one person, one agency or one case had in a year is found along an index alone, by days."""

import re
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from audit.desk.chart import over_time
from audit.desk.filters import Filters
from audit.tasks import count_entries
from kernel.scope import acting_as
from tests.audit.desk.looking import read, since_long
from tests.audit.working import seal
from tests.support.database import admin
from tests.support.planting import function_says
from tests.support.walls import injected
from tests.support.world import Seated, World

pytestmark = pytest.mark.database
FUNCTION = "referrals.looked_at"
DAYS, A_DAY = 60, 60
OF_OTHERS = """
INSERT INTO audit_entry (at, cell_id, kind, outcome, actor, seat, agency, case_id, request, payload)
SELECT e.at - interval '1 day' * %s, e.cell_id, e.kind, e.outcome, e.actor, e.seat, e.agency,
       e.case_id, gen_random_uuid(), e.payload
  FROM audit_entry e, generate_series(1, %s) WHERE e.request = %s
"""
# What others do for other agencies, all year long: of the lines of a cell few are somebody's.
OF_MANY = """
INSERT INTO audit_tally
SELECT %s, current_date - n %% 365, 'case.searched', 'done', 'page', gen_random_uuid(),
       gen_random_uuid(), 1, 0, 1, '1', n, 1, '1', n FROM generate_series(1, 4000) n
"""
LOOK = f"SELECT * FROM {FUNCTION}(current_date - 99, current_date, %s, NULL, NULL, 999)"
FEW = 2_000
"""So many pages of the database at most for one case, however much of it others have read."""


@pytest.fixture(scope="module")
def ground(database):
    """A case that somebody of another agency reads all day long; a colleague does now and then."""
    world = World()
    case_id = world.activated()
    world.shared(case_id, world.gendarme)
    colleague = Seated(world.gendarme.accession, *world.gendarme.roles)
    with admin(settings.DATABASES["default"]["NAME"]) as owner:
        since_long(owner, case_id)
        made = SimpleNamespace(world=world, owner=owner, case=case_id, colleague=colleague)
        made.yesterday = timezone.now() - timedelta(days=1)
        # Now and then, also at the turn of a month, whose parts of the record are others.
        made.days = [*range(1, 35), 40, 59]
        one = uuid4()
        read(made, world.coordinator, facts={"right": "coordination"}, request=one)
        for day in range(DAYS, 0, -1):
            owner.execute(OF_OTHERS, [day - 1, A_DAY, one])
            if day in made.days and day > 2:
                _colleague_reads(made, day)
        # Late ones of other days: among their places is what the colleague has read.
        for day in (42, 56):
            read(made, world.coordinator, at=timezone.now() - timedelta(days=day))
        seal(world.cell.pk)
        while count_entries():
            pass
        for day in (1, 2):
            _colleague_reads(made, day)
        # What is not written to the disk yet is no VACUUM's to mark as there for everybody.
        owner.execute("SET synchronous_commit = on")
        owner.execute(OF_MANY, [world.cell.pk])
        owner.execute("VACUUM ANALYZE audit_entry, audit_tally, audit_tally_day")
        yield made
        owner.execute("DELETE FROM audit_tally WHERE cell_id = %s", [world.cell.pk])


def _colleague_reads(made, day):
    facts = {"right": "share", "by": None, "purpose": "investigation"}
    read(made, made.colleague, at=timezone.now() - timedelta(days=day), facts=facts)


def told(ground):
    with injected(ground.world.gendarme) as connected:
        return connected.execute(LOOK, [ground.case]).fetchall()


def pages_for(ground):
    """So many pages of the database; what a connection finds out only once is left out."""
    explained = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {LOOK}"
    with injected(ground.world.gendarme) as connected:
        for _ in range(2):
            [[plan]] = connected.execute(explained, [ground.case]).fetchone()
    return plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]


def test_every_day_of_one_s_own_agency_is_told_wherever_it_lies(ground):
    """Counted and not, in this portion of days and that, in this month's part of the record too."""
    today = timezone.localdate()
    *lines, _end = told(ground)
    assert [line[0] for line in lines] == [today - timedelta(days=day) for day in ground.days]
    assert {line[6] for line in lines} == {ground.colleague.viewer.display_name}


def test_of_a_busy_case_others_readings_are_not_read(ground):
    assert pages_for(ground) < FEW
    with function_says(FUNCTION, "AND (e.agency = own OR h.steers)", ""):
        assert pages_for(ground) > FEW


@pytest.mark.parametrize("end", ["first", "last"])
def test_each_day_is_looked_for_between_its_own_places(end, ground):
    few = pages_for(ground)
    with function_says(FUNCTION, f"CASE of.epoch WHEN h.{end}_epoch", "CASE WHEN false"):
        assert pages_for(ground) > few + FEW // 4


@pytest.mark.parametrize("about", ["actor", "agency", "case"])
def test_a_year_s_chart_is_drawn_along_an_index_alone(about, ground):
    viewer = ground.world.coordinator.viewer
    values = {"actor": viewer.account_id, "agency": viewer.agency_id, "case": ground.case}
    since = timezone.now() - timedelta(days=365)
    plans = []

    def explained(execute, query, values, many, context):
        if "GROUP BY" in query:
            with connection.connection.cursor() as cursor:
                cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
                cursor.execute(f"EXPLAIN {query}", values)
                plans.append("\n".join(row[0] for row in cursor.fetchall()))
        return execute(query, values, many, context)

    with acting_as(ground.world.auditor.viewer) as auditor, connection.execute_wrapper(explained):
        drawn = over_time(auditor, Filters(since=since, **{about: values[about]}))
    assert sum(bar.n for bar in drawn.bars) > DAYS * A_DAY
    [plan] = plans
    scans = re.findall(r"(\w+ ?\w* Scan)[\w ]* using \w+ on audit_", plan)
    assert set(scans) == {"Index Only Scan"}, plan
    assert re.search(rf"Index Cond: .*\b{'case_id' if about == 'case' else about} = ", plan), plan


def test_what_does_not_change_any_more_is_soon_known(ground):
    """Or an index would not be enough: of as good as every day, not of all but the last month."""
    [tally] = ground.owner.execute(
        "SELECT reloptions FROM pg_class WHERE relname = 'audit_tally'"
    ).fetchone()
    assert "autovacuum_vacuum_scale_factor=0.01" in tally
    assert "autovacuum_vacuum_insert_scale_factor=0.01" in tally
