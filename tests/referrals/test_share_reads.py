"""Who still reads by an old share is the same before, while and after the worker keeps readings."""

import random
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from audit import payload
from audit.tasks import count_entries
from kernel.scope import acting_as
from referrals.sql.finding import KEPT_DAYS
from referrals.tasks import keep_share_reads
from tests.audit import seats
from tests.audit.working import seal
from tests.support.database import admin, as_role

pytestmark = pytest.mark.database
SHARE = """
INSERT INTO referrals_share (id, cell_id, case_id, from_unit, to_unit, to_agency_id, to_agency_kind,
    to_agency_name, purpose, legal_basis, scope, level, include_future, starts_at, expires_at,
    state, refusal_reason, proposed_by, proposed_at, decided_at, version, viewers)
VALUES (%(share)s, %(cell)s, %(case)s, 1, 2, %(agency)s, 'police', 'x', 'x', 'x', 1, 2, false,
    now() - interval '90 days', now() + interval '9 days', %(state)s, '', %(share)s, now(),
    %(decided)s, 1, '{}')
"""
READING = (
    "INSERT INTO audit_entry (at, cell_id, kind, outcome, actor, agency, case_id, request, payload)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, gen_random_uuid(), %s)"
)
# As it was asked before anything was kept: of everything that there is.
EXPECTED = """
SELECT e.case_id, e.agency, e.actor, (e.at AT TIME ZONE 'Europe/Paris')::date, count(DISTINCT e.id)
  FROM referrals_share s
  JOIN audit_entry e
    ON e.cell_id = s.cell_id AND e.case_id = s.case_id AND e.agency = s.to_agency_id
 WHERE s.cell_id = %s AND s.decided_at < now() - interval '14 days'
   AND s.state NOT IN ('proposed', 'refused') AND e.at > s.decided_at + interval '14 days'
   AND e.kind = 'case.read' AND e.outcome = 'done'
   AND position('"by":"' || s.id::text || '"' IN encode(e.payload, 'escape')) > 0
 GROUP BY 1, 2, 3, 4 ORDER BY 4, 3, 1, 2
"""


class Ground:
    """A cell of its own with shares of many ages, and whoever reads by them."""

    def __init__(self, owner, chance):
        self.owner, self.chance, self.cell = owner, chance, seats.a_cell()
        self.today = timezone.localdate()
        self.auditor = seats.a_seat(owner, self.cell, "auditor")
        self.actors = [uuid4() for _ in range(3)]
        cases, agencies = [uuid4() for _ in range(3)], [uuid4(), uuid4()]
        held = [(case, agency) for case in cases for agency in agencies]
        self.shares = [(uuid4(), *of) for of in held * 2]
        with owner.transaction():
            owner.execute("SET LOCAL session_replication_role = replica")
            for share, case, agency in self.shares:
                decided = timezone.now() - timedelta(days=chance.randrange(12, 60), hours=5)
                state = chance.choice(["accepted"] * 4 + ["expired", "refused", "proposed"])
                values = {"cell": self.cell, "decided": decided, "state": state}
                owner.execute(SHARE, values | {"share": share, "case": case, "agency": agency})

    def read(self, many):
        """Readings by a share, a few of another agency's or of something else."""
        chance = self.chance
        for _ in range(many):
            share, case, agency = chance.choice(self.shares)
            if chance.random() < 0.1:
                _share, case, agency = chance.choice(self.shares)
            kind = chance.choice(["case.read"] * 6 + ["document.read"])
            at = timezone.now() - timedelta(minutes=chance.randrange(9 * 24 * 60))
            by = payload.encode("page", {"by": str(share)})
            outcome, actor = chance.choice(["done"] * 9 + ["refused"]), chance.choice(self.actors)
            self.owner.execute(READING, [at, self.cell, kind, outcome, actor, agency, case, by])

    def found(self, since, until):
        with acting_as(self.auditor), connection.cursor() as cursor:
            cursor.execute("SELECT * FROM referrals.unassigned_reads(%s, %s)", [since, until])
            return cursor.fetchall()

    def agrees(self):
        """Over two weeks and each day by itself; how much there is in all of them."""
        expected = self.owner.execute(EXPECTED, [self.cell]).fetchall()
        assert self.found(self.today - timedelta(days=14), self.today) == expected
        for ago in range(0, 10, 2):
            day = self.today - timedelta(days=ago)
            assert self.found(day, day) == [each for each in expected if each[3] == day]
        return len(expected)

    def count(self):
        seal(self.cell)
        while count_entries():
            pass


@pytest.fixture(scope="module")
def owner(database):
    with admin(settings.DATABASES["default"]["NAME"]) as connection:
        yield connection


@pytest.fixture
def ground(owner):
    ground = Ground(owner, random.Random(5))
    yield ground
    with owner.transaction():
        owner.execute("SET LOCAL session_replication_role = replica")
        owner.execute("DELETE FROM referrals_share WHERE cell_id = %s", [ground.cell])


def kept(ground):
    """How many readings of the cell are kept, and from which day on."""
    return ground.owner.execute(
        "SELECT count(s.*), r.since FROM referrals_share_read_reach r"
        " LEFT JOIN referrals_share_read s ON s.cell_id = %s GROUP BY 2",
        [ground.cell],
    ).fetchone()


def test_it_is_the_same_before_while_and_after_the_worker_keeps_it(ground):
    """Of entries that are kept, counted, sealed or just written, each once."""
    while keep_share_reads():
        pass
    seen = set()
    for turn in range(4):
        ground.read(25)
        seen.add(ground.agrees())
        ground.count()
        ground.agrees()
        ground.read(5)
        with as_role("worker") as session:
            for _portion in range(turn):
                session.execute("SELECT referrals.keep_share_reads(9)")
                session.commit()
                ground.agrees()
        if turn % 2:
            keep_share_reads()
            ground.agrees()
    assert len(seen) == 4, "more is found as more is read"
    assert kept(ground)[0] > 20


def test_it_is_the_same_when_the_terms_of_a_share_are_others_than_when_it_was_kept(ground):
    ground.read(60)
    ground.count()
    keep_share_reads()
    before = ground.agrees()
    for change in ("decided_at = decided_at - interval '30 days'", "state = 'refused'"):
        with ground.owner.transaction():
            ground.owner.execute("SET LOCAL session_replication_role = replica")
            ground.owner.execute(
                f"UPDATE referrals_share SET {change} WHERE cell_id = %s", [ground.cell]
            )
        assert ground.agrees() != before


def test_what_was_kept_by_a_wrong_clock_is_not_believed_and_what_is_old_is_deleted(ground):
    ground.read(40)
    ground.count()
    keep_share_reads()
    oldest, many = ground.today - timedelta(days=KEPT_DAYS), kept(ground)[0]
    reach = "UPDATE referrals_share_read_reach SET since = since {}"
    ground.owner.execute(reach.format("+ 400"))
    ground.owner.execute("DELETE FROM referrals_share_read WHERE cell_id = %s", [ground.cell])
    ground.agrees()
    while keep_share_reads():
        pass
    assert kept(ground) == (many, oldest)
    ground.agrees()
    ground.owner.execute(reach.format("- 3"))
    ground.owner.execute(
        "INSERT INTO referrals_share_read SELECT %s, gen_random_uuid(), now() - interval '93 days',"
        " 1, gen_random_uuid()",
        [ground.cell],
    )
    keep_share_reads()
    assert kept(ground) == (many, oldest)


def test_what_was_interrupted_is_not_kept_and_whoever_comes_meanwhile_does_not_wait(ground):
    while keep_share_reads():
        pass
    ground.read(40)
    ground.count()
    with as_role("worker") as session:
        assert session.execute("SELECT referrals.keep_share_reads(9)").fetchone()[0] == 9
        ground.agrees()
        assert keep_share_reads() == 0
        session.rollback()
    assert kept(ground)[0] == 0
    assert keep_share_reads() >= 40
    assert ground.agrees() > 0


def test_nobody_but_the_worker_keeps_and_nobody_reads_or_writes_what_is_kept():
    for role in ("runtime", "signin", "sealer", "auditor", "operator"):
        with as_role(role) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("SELECT referrals.keep_share_reads(1)")
    for role in ("runtime", "worker", "auditor"):
        for table in ("referrals_share_read", "referrals_share_read_reach"):
            for act in ("SELECT FROM", "DELETE FROM"):
                with as_role(role) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
                    session.execute(f"{act} {table}")
