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


def test_what_was_measured_of_cosignatures_is_until_the_next_verification(cell):
    with before("ALTER TABLE audit_verified DROP COLUMN cosigned_at") as owner:
        for compared in (False, False, True):
            owner.execute(
                "INSERT INTO audit_verified (cell_id, size, findings, compared)"
                " VALUES (%s, 6, 0, %s)",
                [cell, compared],
            )
        owner.execute(
            "INSERT INTO audit_witness (id, cell_id, agency_id, name, public, added_by)"
            " VALUES (gen_random_uuid(), %s, gen_random_uuid(), %s, sha256(%s), gen_random_uuid())",
            [cell, f"witness.{cell}", str(cell).encode()],
        )
        for size, month in ((6, "2026-03-01"), (5, "2026-04-01")):
            owner.execute(
                "INSERT INTO audit_cosignature (cell_id, size, witness, at, line)"
                " SELECT cell_id, %s, id, %s, 'x' FROM audit_witness WHERE cell_id = %s",
                [size, month, cell],
            )
        last = "SELECT max(at) FROM audit_verified WHERE cell_id = %s AND NOT compared"
        [looked] = owner.execute(last, [cell]).fetchone()
        again(owner, health.COSIGNED)
        rows = owner.execute(
            "SELECT compared, at - %s < interval '1 ms', cosigned_at = '2026-03-01'"
            "  FROM audit_verified WHERE cell_id = %s ORDER BY at",
            [looked, cell],
        ).fetchall()
        assert rows[-2:] == [(False, True, True), (True, rows[-1][1], None)]
