"""What is kept of bulk reading is what would be found if nothing were: before, while and after."""

import random
from collections import deque
from datetime import datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from audit import payload
from audit.desk import watching
from audit.desk.findings import LATEST
from audit.sql.found import KEPT_DAYS, MANY
from audit.tasks import count_entries, keep_findings
from kernel.scope import acting_as
from tests.audit import seats
from tests.audit.working import seal
from tests.support.database import as_role

pytestmark = pytest.mark.database
PARIS = ZoneInfo("Europe/Paris")
HOUR = timedelta(hours=1)
WRITE = """
INSERT INTO audit_entry (at, cell_id, kind, outcome, actor, case_id, request, payload)
SELECT *, gen_random_uuid(), %s FROM unnest(
    %s::timestamptz[], %s::int[], %s::text[], %s::text[], %s::uuid[], %s::uuid[]) AS r
"""


class Record:
    """A cell of its own, what was written in it, and how much of that is counted."""

    def __init__(self, owner):
        self.owner, self.cell, self.today = owner, seats.a_cell(), timezone.localdate()
        self.auditor = seats.a_seat(owner, self.cell, "auditor")
        self.written, self.counted = [], 0

    def write(self, readings):
        """So many entries, each a moment, a person and a case, in this order."""
        rows = [(at, self.cell, "case.read", "done", *whose) for at, *whose in readings]
        columns = [list(each) for each in zip(*rows, strict=True)]
        self.owner.execute(WRITE, [payload.encode("page", {}), *columns])
        self.written += readings

    def count(self):
        seal(self.cell)
        while count_entries():
            pass
        self.counted = len(self.written)

    def found(self, since, until=LATEST):
        """What the rule finds in these days, in the words of the page."""
        with acting_as(self.auditor) as viewer, connection.cursor() as cursor:
            cursor.execute(*watching.bulk(viewer, since, until))
            every = [watching.in_bulk(*row) for row in cursor.fetchall()]
        return sorted((one.about, one.day, one.n, str(one.seen_in["du"])) for one in every)

    def expected(self):
        """The rule said once more, about what was written and is counted."""
        told, counted = [], self.written[: self.counted]
        for actor in {whose for _at, whose, _case in counted}:
            read = sorted((at, case) for at, whose, case in counted if whose == actor)
            for day in {at.astimezone(PARIS).date() for at, _case in read}:
                begins = datetime.combine(day, time.min, PARIS)
                ends = datetime.combine(day + timedelta(days=1), time.min, PARIS)
                near = [each for each in read if begins - HOUR < each[0] < ends]
                most = most_in_an_hour(near, begins)
                alone = most_in_an_hour([each for each in near if each[0] >= begins], begins)
                if most > MANY:
                    told.append((actor, day, most, str(day - timedelta(days=most > alone))))
        return sorted(told)

    def agrees(self):
        """Over a week, and each day by itself; how much there is in all of them."""
        expected, first = self.expected(), self.today - timedelta(days=6)
        assert self.found(first) == expected
        for ago in range(1, 7):
            day = self.today - timedelta(days=ago)
            assert self.found(day, day) == [each for each in expected if each[1] == day]
        return len(expected)


def most_in_an_hour(read, ending_from):
    """The most different cases in an hour that ends with a reading: one after the other."""
    window, most = deque(), 0
    for at, case in read:
        window.append((at, case))
        while window[0][0] <= at - HOUR:
            window.popleft()
        if at >= ending_from:
            most = max(most, len({case for _at, case in window}))
    return most


@pytest.fixture
def record(owner_of_everything):
    return Record(owner_of_everything)


def burst(chance, record, actors, cases):
    """Many readings of one person, often around midnight, of cases that they come back to."""
    day = record.today - timedelta(days=chance.randrange(1, 6))
    start = datetime.combine(day, time.min, PARIS) + chance.choice([-0.7, -0.4, -0.1, 9, 15]) * HOUR
    actor, minutes = chance.choice(actors), chance.choice([20, 50, 62, 75])
    return [
        (start + timedelta(seconds=chance.randrange(minutes * 60)), actor, chance.choice(cases))
        for _ in range(chance.randrange(50, 120))
    ]


def keep_one(most=3):
    """One portion, as the worker takes it."""
    with as_role("worker") as session:
        session.execute("SET lock_timeout = '5s'")
        return session.execute("SELECT audit.keep_found(%s)", [most]).fetchone()[0]


@pytest.mark.parametrize("seed", [1, 2])
def test_it_is_the_same_before_while_and_after_the_worker_keeps_it(record, seed):
    chance = random.Random(seed)
    actors, cases = [uuid4() for _ in range(3)], [uuid4() for _ in range(110)]
    seen = set()
    for turn in range(4):
        for _ in range(2):
            record.write(burst(chance, record, actors, cases))
        if turn:
            record.agrees()
        record.count()
        seen.add(record.agrees())
        for _portion in range(turn):
            keep_one()
            record.agrees()
        if turn % 2:
            keep_findings()
            record.agrees()
    assert len(seen) > 2, "more is found as more is read"


def test_an_hour_that_began_the_day_before_is_found_whichever_is_counted_first(record):
    actor = uuid4()
    midnight = datetime.combine(record.today - timedelta(days=2), time.min, PARIS)
    record.write([(midnight + n * HOUR / 120, actor, uuid4()) for n in range(25)])
    record.count()
    keep_findings()
    assert record.agrees() == 0
    record.write([(midnight - timedelta(minutes=n), actor, uuid4()) for n in range(1, 38)])
    record.count()
    assert record.agrees() == 1
    keep_findings()
    assert record.agrees() == 1
    [(_actor, day, n, begun)] = record.found(record.today - timedelta(days=6))
    assert (day, n) == (midnight.date(), 62)
    assert begun == (midnight.date() - timedelta(days=1)).isoformat()


def test_an_hour_ends_and_a_case_counts_once(record):
    morning = datetime.combine(record.today - timedelta(days=1), time(9, 40), PARIS)
    at_once, slowly, again, apart = (uuid4() for _ in range(4))
    one = uuid4()
    record.write([(morning, at_once, uuid4()) for _ in range(61)])
    record.write([(morning + n * HOUR / 60, slowly, uuid4()) for n in range(61)])
    record.write([(morning + n * HOUR / 100, again, one) for n in range(70)])
    record.write([(morning + n * HOUR / 40, apart, uuid4()) for n in range(90)])
    record.count()
    for _keep in range(2):
        assert record.agrees() == 1
        assert record.found(record.today - timedelta(days=1))[0][:3:2] == (at_once, 61)
        keep_findings()


def kept(record):
    """How many days of people are kept, and from which day on."""
    return record.owner.execute(
        "SELECT count(f.*), r.since FROM audit_found_reach r LEFT JOIN audit_found f"
        " USING (cell_id) WHERE r.cell_id = %s GROUP BY 2",
        [record.cell],
    ).fetchone()


def test_what_was_kept_for_another_number_or_by_a_wrong_clock_is_not_believed(record):
    morning = datetime.combine(record.today - timedelta(days=1), time(9, 40), PARIS)
    record.write([(morning, uuid4(), uuid4()) for _ in range(2)])
    busy = uuid4()
    record.write([(morning, busy, uuid4()) for _ in range(61)])
    record.count()
    keep_findings()
    oldest = record.today - timedelta(days=KEPT_DAYS)
    assert kept(record) == (1, oldest)
    for wrong in ("many = 59", "since = current_date + 400"):
        record.owner.execute(
            f"UPDATE audit_found_reach SET {wrong} WHERE cell_id = %s", [record.cell]
        )
        record.owner.execute("UPDATE audit_found SET n = 99 WHERE cell_id = %s", [record.cell])
        assert record.agrees() == 1
        keep_findings()
        assert kept(record) == (1, oldest)
        assert record.agrees() == 1


def test_what_nobody_is_shown_any_more_is_deleted(record):
    morning = datetime.combine(record.today, time(0, 1), PARIS)
    record.write([(morning, uuid4(), uuid4())])
    record.count()
    keep_findings()
    with record.owner.transaction():
        record.owner.execute(
            "UPDATE audit_found_reach SET since = since - 3 WHERE cell_id = %s", [record.cell]
        )
        record.owner.execute(
            "INSERT INTO audit_found SELECT cell_id, since, gen_random_uuid(), 61, since"
            " FROM audit_found_reach WHERE cell_id = %s",
            [record.cell],
        )
    assert kept(record)[0] == 1
    keep_findings()
    assert kept(record) == (0, record.today - timedelta(days=KEPT_DAYS))


def test_what_was_interrupted_is_not_kept_and_whoever_comes_meanwhile_does_not_wait(record):
    morning = datetime.combine(record.today - timedelta(days=1), time(9, 40), PARIS)
    for _ in range(3):
        busy = uuid4()
        record.write([(morning, busy, uuid4()) for _ in range(61)])
    record.count()
    keep_one(1)
    with as_role("worker") as session:
        session.execute("SELECT audit.keep_found(100)")
        assert record.agrees() == 3
        assert keep_one(100) == -1
        session.rollback()
    assert kept(record)[0] == 1
    keep_findings()
    assert kept(record)[0] == record.agrees() == 3


def test_nobody_but_the_worker_keeps_and_nobody_writes_what_is_kept():
    for role in ("runtime", "signin", "sealer", "auditor", "operator"):
        with as_role(role) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("SELECT audit.keep_found(1)")
    for role in ("runtime", "worker", "auditor"):
        for table in ("audit_found", "audit_found_reach"):
            with as_role(role) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(f"DELETE FROM {table}")


def test_who_has_a_place_in_two_cells_reads_in_each_by_itself(record):
    here, there, busy = record, Record(record.owner), uuid4()
    morning = datetime.combine(here.today - timedelta(days=1), time(9, 40), PARIS)
    for many, found in ((40, 0), (30, 1)):
        here.write([(morning, busy, uuid4()) for _ in range(many)])
        there.write([(morning, busy, uuid4()) for _ in range(20)])
        there.count()
        here.counted = len(here.written)
        for _keep in range(2):
            assert (here.agrees(), there.agrees()) == (found, 0)
            keep_findings()


def test_it_is_for_who_reads_the_record_of_that_cell(record):
    morning = datetime.combine(record.today - timedelta(days=1), time(9, 40), PARIS)
    busy = uuid4()
    record.write([(morning, busy, uuid4()) for _ in range(61)])
    record.count()
    for _keep in range(2):
        for role, cell, seen in (
            ("auditor", record.cell, 1),
            ("dpo", record.cell, 1),
            ("cell_coordinator", record.cell, 0),
            ("auditor", seats.a_cell(), 0),
        ):
            record.auditor = seats.a_seat(record.owner, cell, role)
            assert len(record.found(record.today - timedelta(days=2))) == seen
        keep_findings()
