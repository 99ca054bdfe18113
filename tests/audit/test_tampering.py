"""The record tampered with at random by the owner of the database: every time it is noticed."""

import pytest

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
