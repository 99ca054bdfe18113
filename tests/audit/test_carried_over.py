"""What stood, and what was measured, before copies and cosignatures were read is not forgotten."""

from contextlib import contextmanager

import pytest

from audit.sql import health
from tests.support.database import as_role

pytestmark = pytest.mark.database

ROWS = (
    "SELECT cell_id, copies FROM (SELECT DISTINCT ON (cell_id) * FROM audit_verified"
    " WHERE cell_id = ANY (%s) ORDER BY cell_id, at DESC) last WHERE copies <> '{}'"
)


@contextmanager
def before(*changes):
    """The owner, at the tables as they were; nothing of it stays."""
    with as_role("owner") as owner:
        for table in ("audit_verified", "audit_cosignature", "audit_witness"):
            owner.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        for change in changes:
            owner.execute(change)
        yield owner
        owner.rollback()


def again(owner, change):
    """As the migration does it: row security is on, and is on again."""
    tables = ("audit_verified", "audit_cosignature")
    for table in tables:
        owner.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    owner.execute(change)
    forced = "SELECT bool_and(relforcerowsecurity) FROM pg_class WHERE relname = ANY (%s)"
    assert owner.execute(forced, [list(tables)]).fetchone() == (True,)
    for table in tables:
        owner.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")


def test_an_alarm_that_stands_when_copies_begin_to_be_kept_stands_on(cell):
    old = (
        "ALTER TABLE audit_verified DROP COLUMN copies,"
        " ADD COLUMN against bigint NOT NULL DEFAULT 0"
    )
    with before(old) as owner:
        for number, findings, against in (
            (cell, 0, 9),
            (cell, 1, 4),
            (cell + 1, 1, 4),
            (cell + 1, 0, 0),
            (cell + 2, 1, 0),
        ):
            owner.execute(
                "INSERT INTO audit_verified (cell_id, size, findings, against)"
                " VALUES (%s, 6, %s, %s)",
                [number, findings, against],
            )
        again(owner, health.COPIES)
        stand = owner.execute(ROWS, [[cell, cell + 1, cell + 2]]).fetchall()
        assert stand == [(cell, ["\n4\n"])]
