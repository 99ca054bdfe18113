"""A sealed log for all that the witness's tests ask, and the one who rewrites it."""

import pytest

from audit import entries, keys
from audit.growing import CellLog
from audit.leaf import BEGINNING, END
from audit.sealer import Sealer
from tests.audit import seats
from tests.audit.working import guards_off, seal, verified
from tests.support.database import admin
from tests.support.searching import database_name


@pytest.fixture(scope="session")
def log_of_700(database):
    """A cell whose log was sealed at 1, 513, 600 and 700 entries. Nobody changes it for good."""
    cell_id = seats.a_cell()
    with admin(database_name()) as connection:
        viewer = seats.a_seat(connection, cell_id, "cell_coordinator")
    for count in (1, 512, 87, 100):
        # In one transaction: a part that settles later would be sealed by itself.
        seats.openings(viewer, count, each=count)
        seal(cell_id)
    assert verified(cell_id).size == 700
    return cell_id


@pytest.fixture
def rewrite():
    """The owner of the database, who holds the log's key as well, rewrites a log.

    The change is made, all that was signed is thrown away, and everything is signed again as if
    it had always been so. Nothing is left that contradicts itself.
    """

    def do(cell_id, change, *values):
        with admin(database_name()) as connection:
            sealer = Sealer(connection, keys.signing_key())
            with connection.transaction():
                with guards_off(connection):
                    assert connection.execute(change, values).rowcount
                for table in ("audit_tile", "audit_bundle", "audit_checkpoint"):
                    with guards_off(connection, table):
                        connection.execute(f"DELETE FROM {table} WHERE cell_id = %s", [cell_id])
                leaves = list(entries.leaves_between(connection, cell_id, BEGINNING, END))
                sealer._write(CellLog(cell_id), leaves, sealer._now())

    return do
