"""The watch goes through all logs, hour after hour, whatever one of them does to it."""

import io

import pytest
from django.core.management import call_command

from audit import log, verification
from tests.audit.working import seal

pytestmark = pytest.mark.database


def verified_at(cell):
    with log.connect("auditor") as connection:
        query = "SELECT max(at) FROM audit_verified WHERE cell_id = %s"
        return log.execute(connection, query, [cell])[0][0]


def test_a_log_that_cannot_be_verified_keeps_no_other_from_it(
    opened, seat, cell, monkeypatch, caplog
):
    other = seat("school_pilot", cell_id=cell - 1)
    opened(2)
    opened(2, by=other)
    seal(cell)
    seal(cell - 1)
    verify = "audit.management.commands.audit_watch.verify"
    whole = verification.verify

    def without_memory(connection, cell_id, *rest, **options):
        if cell_id == cell - 1:
            raise MemoryError
        return whole(connection, cell_id, *rest, **options)

    monkeypatch.setattr(verify, without_memory)
    monkeypatch.setattr(log, "known_cells", lambda connection: {cell, cell - 1})
    out = io.StringIO()
    call_command("audit_watch", "--once", stdout=out)
    assert out.getvalue().strip() == "1 logs verified."
    assert verified_at(cell) is not None
    assert verified_at(cell - 1) is None
    assert f"The log of cell {cell - 1} could not be verified" in caplog.text
