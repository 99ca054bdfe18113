"""What waits comes first, then the newest; what no page shows is counted, and keeps its place."""

import random
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from audit.desk import findings
from audit.desk.watching import AT_NIGHT
from kernel.scope import acting_as
from tests.audit import seats

pytestmark = pytest.mark.database
TALLY = """
INSERT INTO audit_tally SELECT %s, day, 'case.read', 'done', 'page', gen_random_uuid(), actor, n, n,
       1, '1', 1, 1, '1', 1 FROM unnest(%s::date[], %s::uuid[], %s::int[]) AS r (day, actor, n)
"""
CONCLUDED = """
INSERT INTO audit_review (id, cell_id, rule, about, day, n, concerned, conclusion, by_account,
       by_seat) VALUES (gen_random_uuid(), %s, %s, %s, %s, %s, %s, %s, %s, gen_random_uuid())
"""
CODES = ("justified", "explained", "to_follow", "breach")


class Nights:
    """A cell of its own with readings of many nights, some of them concluded about, and anew."""

    def __init__(self, owner, seed):
        chance, self.cell = random.Random(seed), seats.a_cell()
        self.auditor = seats.a_seat(owner, self.cell, "auditor")
        days = [timezone.localdate() - timedelta(days=ago) for ago in range(1, 6)]
        people = [uuid4() for _ in range(9)]
        self.read = {
            (day, actor): chance.randrange(AT_NIGHT - 1, AT_NIGHT + 4)
            for day in days
            for actor in people
        }
        rows = [(day, actor, n) for (day, actor), n in self.read.items()]
        owner.execute(TALLY, [self.cell, *([*each] for each in zip(*rows, strict=True))])
        self.concluded = {}
        for (day, actor), n in chance.sample(sorted(self.read.items()), 20):
            for so_many in chance.sample(range(n - 2, n + 3), chance.randrange(1, 4)):
                code, who = chance.choice(CODES), uuid4()
                about = [actor, day, so_many, actor, code, who]
                owner.execute(CONCLUDED, [self.cell, "night", *about])
                self.concluded.setdefault((day, actor), []).append((so_many, code, who))
            # Of another rule and in another cell: never of this one.
            for cell, rule in ((self.cell, "bulk"), (seats.a_cell(), "night")):
                owner.execute(CONCLUDED, [cell, rule, actor, day, 99, actor, "breach", uuid4()])

    def expected(self):
        """What was found, said once more in the order of the page."""
        every = []
        for (day, actor), n in self.read.items():
            last = max(self.concluded.get((day, actor), []), default=None)
            if n >= AT_NIGHT:
                every.append((actor, day, n, last if last and last[0] >= n else None))
        every.sort(key=lambda one: one[0])
        every.sort(key=lambda one: one[1:3], reverse=True)
        return sorted(every, key=lambda one: one[3] is not None)


def told_of(record):
    with acting_as(record.auditor) as viewer:
        [told] = [each for each in findings.findings(viewer, 7) if each.rule.code == "night"]
    return [said(one) for one in told.findings], told.more


def said(one):
    review = one.review and (one.review.n, one.review.conclusion, one.review.by_account)
    return one.found.about, one.found.day, one.found.n, review


@pytest.mark.parametrize("seed", [1, 2])
def test_what_waits_comes_first_then_the_newest(owner_of_everything, seed, monkeypatch):
    record = Nights(owner_of_everything, seed)
    every = record.expected()
    assert 0 < sum(one[3] is not None for one in every) < 20
    assert told_of(record) == (every, 0)
    for most in (7, len(every) - 1, len(every)):
        monkeypatch.setattr(findings, "MOST", most)
        assert told_of(record) == (every[:most], len(every) - most)
    with acting_as(record.auditor) as viewer:
        for about, day, n, review in every:
            one = findings.finding(viewer, "night", about, day)
            assert said(one) == (about, day, n, review)
            assert findings.finding(viewer, "night", about, day - timedelta(days=30)) is None
