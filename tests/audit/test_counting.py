"""What is counted, and what is forgotten of it when nobody counts it any more."""

import pytest

from audit import tasks
from audit.sql.health import KEPT
from audit.tasks import count_entries, count_probes, count_those, keep_findings
from kernel import health as probing
from tests.audit.test_health import TRIAL, beating, counted, reasons, seen_by, shown
from tests.audit.working import seal

pytestmark = pytest.mark.database


def test_what_a_probe_that_is_gone_had_found_is_forgotten_when_nobody_counts_it(
    opened, cell, auditor, owner_of_everything
):
    opened(1)
    beating(owner_of_everything)
    with counted(cell, 4):
        count_probes()
    assert seen_by(auditor).drift == 4
    count_probes()
    assert seen_by(auditor).drift == 4, "a worker of another release may know it"
    assert reasons(cell) == {"drift"}
    owner_of_everything.execute(
        "UPDATE audit_gauge SET at = at - interval '4 hours' WHERE name = %s", [TRIAL]
    )
    assert reasons(cell) == {"drift"}
    count_probes()
    assert (seen_by(auditor).drift, reasons(cell)) == (None, set())


def test_only_what_is_asked_for_is_counted():
    counted_now = []
    for name in ("drift.one", "drift.other"):
        probing.probe(name, lambda name=name: counted_now.append(name) or {})
    try:
        count_those("drift.one")
    finally:
        probing._probes.pop("drift.one")
        probing._probes.pop("drift.other")
    assert counted_now == ["drift.one"]


AT_IT = "SELECT pg_advisory_xact_lock(hashtext('audit.keep_found'))"


def test_whoever_has_stopped_counting_or_keeping_findings_is_told_of(
    opened, cell, auditor, owner_of_everything, monkeypatch
):
    works = dict(zip(KEPT, (count_entries, keep_findings), strict=True))

    def ended(name, ago, *, ever=True):
        at = "clock_timestamp() - %(ago)s::interval" if ever else "to_timestamp(0)"
        owner_of_everything.execute(
            f"UPDATE audit_gauge SET at = {at}, since = clock_timestamp() - %(ago)s::interval"
            " WHERE cell_id = 0 AND name = %(name)s",
            {"name": name, "ago": ago},
        )
        return state()

    def state():
        seen = seen_by(auditor)
        assert seen.kept_late == ("unkept" in reasons(cell))
        assert not (seen.kept_late and seen.well)
        told = "Comptage des entrées et constats</dt><dd>"
        assert ("Comptage en retard" in shown(seen).split(told)[1]) == seen.kept_late
        return seen.kept_late, seen.kept_at is not None

    opened(3)
    seal(cell)
    beating(owner_of_everything)
    for work in works.values():
        work()
    assert state() == (False, True)
    for name, work in works.items():
        for ever in (True, False):
            assert ended(name, "7 hours", ever=ever) == (True, ever), (name, ever)
            count_probes()
            assert state() == (True, ever), "nobody forgets it"
            work()
            assert state() == (False, True)
        assert ended(name, "4 hours", ever=False) == (False, False), "it may have a lot to do"
        work()
    opened(3)
    seal(cell)
    ended(KEPT[0], "7 hours")
    with monkeypatch.context() as patched:
        for bound in ("PORTION", "PORTIONS"):
            patched.setattr(tasks, bound, 1)
        count_entries()
    assert state() == (True, True), "there is more"
    count_entries()
    ended(KEPT[1], "7 hours")
    with owner_of_everything.transaction():
        owner_of_everything.execute(AT_IT)
        assert keep_findings() == 0
    assert state() == (True, True), "another one is at it, and has not come to an end"
    keep_findings()
    assert state() == (False, True)
