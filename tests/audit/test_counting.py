"""What is counted, and what is forgotten of it when nobody counts it any more."""

import pytest

from audit.tasks import count_probes, count_those
from kernel import health as probing
from tests.audit.test_health import TRIAL, beating, counted, reasons, seen_by

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
