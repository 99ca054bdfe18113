"""A verification beside a sealer that does not stop for it."""

import pytest

from audit import log
from tests.audit import seats
from tests.audit.working import seal, verified

pytestmark = pytest.mark.database


def test_what_a_sealer_adds_while_it_is_verified_is_not_taken_for_a_lost_checkpoint(
    viewer, cell, monkeypatch
):
    """Beside a sealer at work: after each look at the newest checkpoint there is a newer one."""
    seats.openings(viewer, 300, each=100)
    seal(cell)
    seen = log.last_checkpoint

    def overtaken(connection, cell_id):
        last = seen(connection, cell_id)
        if cell_id == cell:
            with monkeypatch.context() as apart:
                apart.setattr(log, "last_checkpoint", seen)
                seats.openings(viewer, 256, each=256)
                seal(cell)
        return last

    monkeypatch.setattr(log, "last_checkpoint", overtaken)
    report = verified(cell)
    assert (report.size, report.findings) == (300, [])
