"""An export that is finished while the key of its case is replaced waits, and not in a circle."""

import pytest

from kernel.outbox.relay import do_work
from tests.support.at_once import WAITING, Acting
from tests.support.database import admin
from tests.support.exports import asked, line_of
from tests.support.searching import database_name
from tests.support.server import wait_for

pytestmark = pytest.mark.database


def test_it_is_finished_once_the_key_is_there(world):
    case_id = world.activated()
    export_id = asked(world.coordinator, case_id)
    with (
        admin(database_name()) as keeper,
        admin(database_name()) as watcher,
        keeper.transaction(),
    ):
        key = "SELECT 1 FROM referrals_case_key WHERE case_id = %s FOR UPDATE"
        keeper.execute(key, [case_id])
        working = Acting(do_work)
        wait_for(
            lambda: watcher.execute(WAITING).fetchone()[0],
            within=10,
            what="the work waits for the key",
        )
        # What whoever replaces a key does next: everything that it has sealed.
        sealed = "UPDATE referrals_export SET file_key = file_key WHERE case_id = %s"
        keeper.execute("SET LOCAL deadlock_timeout = '200ms'")
        keeper.execute(sealed, [case_id])
    assert working.done() >= 1
    assert line_of(world.coordinator, export_id).export.state == "ready"
