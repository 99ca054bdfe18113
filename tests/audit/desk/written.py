"""A record whose entries the tests know one by one, most of them counted, and what fits."""

import random
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

from django.utils import timezone

from audit import payload
from audit.desk import groups
from audit.leaf import Key
from audit.tasks import count_entries
from tests.audit import seats
from tests.audit.working import seal

KINDS = ["case.read", "case.read", "case.read", "case.searched", "export.asked", "role.changed"]


def a_record(owner, seed=7):
    """A cell with entries of five days that overlap in the log; the last ones are not counted."""
    cell = seats.a_cell()
    chance = random.Random(seed)
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
                entries.append(written(owner, cell, at, chance, chance.choice(actors), agencies))
    return SimpleNamespace(
        cell=cell,
        owner=owner,
        auditor=auditor,
        actors=actors,
        agencies=agencies,
        start=start,
        entries=entries,
    )


def written(owner, cell, at, chance, actor, agencies):
    """One more entry, by chance of this kind or that."""
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


def expected(entries, filters):
    """Where those lie that fit, the newest first."""
    return sorted((each.key for each in entries if fits(each, filters)), reverse=True)
