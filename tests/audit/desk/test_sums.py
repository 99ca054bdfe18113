"""The tally's sums say what the tally says, whoever has changed it and whoever died meanwhile."""

import random
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings
from django.utils import timezone

from audit import payload
from audit.desk import chart
from audit.desk.filters import Filters
from audit.sql import tally
from audit.tasks import count_entries
from kernel.scope import acting_as
from tests.audit import seats
from tests.audit.working import seal
from tests.support.at_once import Acting, held
from tests.support.database import admin, as_role
from tests.support.planting import function_says

pytestmark = pytest.mark.database
KINDS = ("case.read", "case.searched", "export.asked")
KEY = "cell_id, day, kind, outcome, channel"
APART = f"""
SELECT count(*) FROM (SELECT {KEY}, sum(n) AS n FROM audit_tally GROUP BY {KEY}) t
  FULL JOIN audit_tally_sum s USING ({KEY}) WHERE t.n IS DISTINCT FROM s.n
"""
SOMEBODY_MORE = """
INSERT INTO audit_tally
SELECT cell_id, day, kind, outcome, channel, agency, gen_random_uuid(), n, night, first_epoch,
       first_xid, first_id, last_epoch, last_xid, last_id FROM audit_tally
"""
STOPPED = "SELECT FROM audit_tally_reach FOR UPDATE"


@pytest.fixture(scope="module")
def ground(database):
    """A cell in which three people of two agencies do something now and then."""
    cell = seats.a_cell()
    with admin(settings.DATABASES["default"]["NAME"]) as owner:
        yield SimpleNamespace(
            cell=cell,
            owner=owner,
            chance=random.Random(11),
            actors=[uuid4() for _ in range(3)],
            agencies=[uuid4(), uuid4(), None],
            auditor=seats.a_seat(owner, cell, "auditor"),
            written=[],
        )


def act(ground, many):
    """So many entries of the last days, sealed and not counted."""
    for _ in range(many):
        chance = ground.chance
        at = timezone.now() - timedelta(hours=chance.randrange(90))
        entry = (chance.choice(KINDS), "refused" if chance.random() < 0.2 else "done")
        who = (chance.choice(ground.actors), chance.choice(ground.agencies))
        channel = chance.choice(("page", "api"))
        ground.owner.execute(
            "INSERT INTO audit_entry (at, cell_id, kind, outcome, actor, agency, request, payload)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [at, ground.cell, *entry, *who, uuid4(), payload.encode(channel, {})],
        )
        ground.written.append((timezone.localdate(at), *entry, channel))
    seal(ground.cell)


def apart(ground):
    """How many lines of the sums the tally does not bear out, of any cell."""
    return ground.owner.execute(APART).fetchone()[0]


def summed(ground):
    """How many of what was written here; that somebody has looked at it is written as well."""
    of_ours = "cell_id = %s AND kind = ANY (%s)"
    query = f"SELECT coalesce(sum(n), 0)::int FROM audit_tally_sum WHERE {of_ours}"
    return ground.owner.execute(query, [ground.cell, list(KINDS)]).fetchone()[0]


def test_both_agree_after_each_portion_and_whoever_dies_before_its_end(ground):
    act(ground, 40)
    with as_role("worker") as worker:
        for portion in (1, 7, 3, 12):
            before = summed(ground)
            worker.execute("SELECT audit.count_on(%s)", [portion])
            assert (summed(ground), apart(ground)) == (before, 0), "not before it is at an end"
            worker.commit()
            assert apart(ground) == 0
    with as_role("worker") as dying:
        before = summed(ground)
        dying.execute("SELECT audit.count_on(30)")
        ground.owner.execute("SELECT pg_terminate_backend(%s)", [dying.info.backend_pid])
        with pytest.raises(psycopg.OperationalError):
            dying.commit()
    assert (summed(ground), apart(ground)) == (before, 0)
    count_entries()
    assert (summed(ground), apart(ground)) == (len(ground.written), 0)


def test_the_sums_are_of_what_was_written(ground):
    act(ground, 25)
    count_entries()
    lines = ground.owner.execute(
        "SELECT day, kind, outcome, channel, n FROM audit_tally_sum"
        " WHERE cell_id = %s AND kind = ANY (%s)",
        [ground.cell, list(KINDS)],
    ).fetchall()
    assert {line[:4]: line[4] for line in lines} == {
        line: ground.written.count(line) for line in ground.written
    }


def test_the_chart_is_the_same_from_either(ground):
    """What the sums say of everybody is what the tally says of each person, together."""
    act(ground, 20)
    count_entries()
    with acting_as(ground.auditor) as viewer:
        for more in (
            {},
            {"kind": "case.read"},
            {"group": "searches"},
            {"group": "refusals"},
            {"channel": "api", "outcome": "done"},
            {"since": timezone.now() - timedelta(days=1)},
        ):
            found = chart.over_time(viewer, Filters(**more)).bars
            each = [
                chart.over_time(viewer, Filters(actor=actor, **more)).bars
                for actor in ground.actors
            ]
            together = [
                chart.Bar(bars[0].day, sum(b.n for b in bars), sum(b.refused for b in bars))
                for bars in zip(*each, strict=True)
            ]
            assert [bar for bar in found if bar.n] == [bar for bar in together if bar.n], more
            assert any(bar.n for bar in found), more


def test_what_the_tally_forgets_or_says_anew_its_sums_do(ground):
    act(ground, 30)
    count_entries()
    somebody = f"cell_id = {ground.cell} AND actor = '{ground.actors[0]}'"
    with ground.owner.transaction(force_rollback=True):
        ground.owner.execute("UPDATE audit_tally SET night = 0, n = n + 2")
        assert apart(ground) == 0
        ground.owner.execute(f"UPDATE audit_tally SET day = day - 400 WHERE {somebody}")
        assert apart(ground) == 0
        ground.owner.execute(f"DELETE FROM audit_tally WHERE {somebody}")
        assert apart(ground) == 0
        ground.owner.execute("DELETE FROM audit_tally WHERE cell_id = %s", [ground.cell])
        assert (apart(ground), summed(ground)) == (0, 0)
        left = "SELECT count(*) FROM audit_tally_sum WHERE cell_id = %s"
        assert ground.owner.execute(left, [ground.cell]).fetchone() == (0,)


def test_whoever_is_counting_while_the_sums_are_put_in_counts_into_them(ground):
    """A worker that waits in the midst of its portion goes on with the function as it was."""
    act(ground, 15)
    with held(STOPPED) as until_waiting, ground.owner.transaction():
        counting = Acting(count_entries)
        until_waiting(1)
        for trigger in ("more", "other", "fewer"):
            ground.owner.execute(f"DROP TRIGGER {trigger} ON audit_tally")
        ground.owner.execute("DELETE FROM audit_tally_sum")
        ground.owner.execute(tally.SUMMED_UP)
        assert counting.running
    assert counting.done() >= 15
    assert (apart(ground), summed(ground)) == (0, len(ground.written))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("n = s.n - g.n", "n = s.n"),
        ("n = s.n + excluded.n", "n = excluded.n"),
        ("AND s.n = 0", "AND false"),
    ],
)
def test_what_is_not_summed_up_is_seen(ground, right, wrong):
    """The comparison above, held to a defect in each step."""
    act(ground, 2)
    count_entries()
    steps = iter((SOMEBODY_MORE, "UPDATE audit_tally SET n = n + 1", "DELETE FROM audit_tally"))
    with function_says("audit.sum_up", right, wrong), ground.owner.transaction(force_rollback=True):
        while not apart(ground):
            ground.owner.execute(next(steps))


def test_the_sums_are_for_who_reads_the_record_of_that_cell_and_written_by_nobody(ground):
    act(ground, 1)
    count_entries()
    stranger = seats.a_seat(ground.owner, seats.a_cell(), "auditor")
    colleague = seats.a_seat(ground.owner, ground.cell, "cell_coordinator")
    officer = seats.a_seat(ground.owner, ground.cell, "dpo")
    for viewer, seen in ((ground.auditor, 1), (officer, 1), (stranger, 0), (colleague, 0)):
        with as_role("runtime") as page:
            page.execute("SELECT set_config('app.token', %s, true)", [viewer.token])
            query = "SELECT count(DISTINCT cell_id) FROM audit_tally_sum"
            assert page.execute(query).fetchone() == (seen,)
    for role in ("runtime", "worker", "auditor", "sealer", "operator", "signin"):
        with as_role(role) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("UPDATE audit_tally_sum SET n = 1")
