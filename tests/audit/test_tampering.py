"""The record tampered with at random by the owner of the database: every time it is noticed."""

import pytest

from audit import keys
from audit.verification import verify
from infra.tamper import campaign, ground
from tests.support.database import a_database_apart

COUNT = 200
SEED = 11


@pytest.fixture(scope="module")
def prepared():
    with a_database_apart("tampered") as name:
        yield name, ground.prepared(name)


def test_every_tampering_is_detected_and_located(prepared):
    name, here = prepared
    result = campaign.run(name, here, count=COUNT, seed=SEED)
    assert result.named == []
    assert result.passed()
    assert sum(result.planted.values()) == COUNT
    assert set(result.planted) == set(campaign.KINDS)
    assert sum(result.young.values()) < COUNT // 20
    assert all(0 < count < 100 for count in here.undelivered().values())


@pytest.mark.parametrize(
    ("kind", "blind"),
    [("restore an older copy", "a copy"), ("shift time", "changed"), ("insert", "inserted")],
)
def test_a_verifier_that_skips_one_check_is_told_on(kind, blind, prepared):
    def weak(connection, cell_id, known, *, against):
        """As the real one, without one of its checks."""
        report = verify(connection, cell_id, known, against=() if blind == "a copy" else against)
        report.findings = [each for each in report.findings if each.what != blind]
        return report

    name, here = prepared
    result = campaign.run(name, here, count=6, seed=SEED, verifier=weak, kinds=[kind])
    assert result.missed[kind] > 0
    assert not result.passed()


@pytest.mark.parametrize("moment", ["294276-12-31", "4713-01-01 BC", "infinity", "-infinity"])
@pytest.mark.parametrize(
    "table",
    [
        "audit_entry WHERE id = (SELECT max(id) FROM audit_entry WHERE cell_id = 80)",
        "audit_checkpoint WHERE cell_id = 80",
    ],
)
def test_a_moment_that_no_calendar_has_is_noticed(table, moment, prepared):
    rows, _where, which = table.partition(" WHERE ")
    with (
        campaign.connected(prepared[0]) as connection,
        connection.transaction(force_rollback=True),
    ):
        connection.execute("SET LOCAL ROLE rempart_owner")
        done = connection.execute(f"UPDATE {rows} SET at = %s WHERE {which}", [moment])
        assert done.rowcount >= 1
        connection.execute("SET LOCAL ROLE rempart_auditor")
        assert verify(connection, 80, keys.chain(connection)).findings
