"""An agency that has received much finds all of it again: what is open, and what has ended."""

import pytest

from kernel.scope import acting_as
from referrals.compartments import Compartment
from referrals.sharing.received import PAGE, received
from tests.support.database import admin
from tests.support.searching import database_name

pytestmark = pytest.mark.database
MORE = 2 * PAGE + 5
ENDED = (
    "INSERT INTO referrals_share SELECT (jsonb_populate_record(s, jsonb_build_object("
    "'id', gen_random_uuid(), 'state', 'revoked', 'ended_at', now(),"
    " 'decided_at', s.decided_at + (n / 3) * interval '1 second'))).*"
    " FROM referrals_share s, generate_series(1, %s) n WHERE s.id = %s"
)


def test_what_is_open_is_found_behind_much_that_has_ended(world):
    share_id = world.shared(world.activated(), world.gendarme, Compartment.FACTS)
    with admin(database_name()) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(ENDED, [MORE, share_id])
    with acting_as(world.gendarme.viewer) as viewer:
        found = received(viewer)
        assert [line.share.pk for line in found.running] == [share_id]
        ended = [line.share.pk for line in found.ended]
        while found.next_before:
            found = received(viewer, before=found.next_before)
            ended += [line.share.pk for line in found.ended]
    assert len(ended) == len(set(ended)) == MORE
    page = world.gendarme.browser.get("/partages/recus/").text
    assert "?avant=" in page
    answer = world.gendarme.browser.get("/api/v1/shares/received/").json()
    further = world.gendarme.browser.get("/api/v1/shares/received/", {"before": answer["next"]})
    assert len(further.json()["shares"]) == 1 + PAGE
