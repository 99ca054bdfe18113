"""What ends in many cases at once waits for those who act in one of them, and they for it."""

from datetime import timedelta

import pytest

from agencies.models import Accession
from agencies.operator import ALIAS
from kernel.clock import now
from kernel.scope import acting_as
from meetings.services.add_point import add_point
from meetings.services.convene import convene
from referrals.models import Share
from referrals.sharing.services import answer
from tests.support.at_once import Acting, held
from tests.support.database import admin, as_role
from tests.support.searching import database_name

pytestmark = pytest.mark.database
ROOM = "SELECT 1 FROM meetings_meeting WHERE id = %s FOR UPDATE"


@pytest.mark.parametrize("ending", ["an agency leaves", "time ends shares"])
def test_two_cases_of_one_meeting_are_held_before_the_meeting(world, ending):
    """Somebody revokes a share on the second case while the first one is being changed."""
    cases = sorted([world.activated(), world.activated()])
    for case_id in cases:
        world.shared(case_id, world.gendarme)
    revoked = world.shared(cases[1], world.police)
    with acting_as(world.coordinator.viewer) as viewer:
        meeting = convene(
            viewer,
            cases[0],
            starts_at=now() + timedelta(hours=1),
            agencies=[world.gendarme.accession_id],
        )
        add_point(viewer, meeting.pk, cases[1])

    def agency_leaves():
        accessions = Accession.objects.using(ALIAS).filter(pk=world.gendarme.accession_id)
        accessions.update(valid_until=now())

    def time_ends_shares():
        with as_role("worker") as connection:
            connection.execute("SELECT referrals.sweep(500)")
            connection.commit()

    if ending == "time ends shares":
        _set_in_the_past(world.gendarme.accession.unit_id)

    def revoke():
        with acting_as(world.coordinator.viewer) as viewer:
            answer.revoke(viewer, revoked)

    with held(ROOM, meeting.pk) as until_waiting:
        many = Acting(agency_leaves if ending == "an agency leaves" else time_ends_shares)
        until_waiting(1)
        one = Acting(revoke)
        until_waiting(2)
    assert (many.done(), one.done()) == (None, None)
    with acting_as(world.coordinator.viewer):
        states = Share.objects.filter(case_id__in=cases).values_list("state", flat=True)
        told = "accession_ended" if ending == "an agency leaves" else "expired"
        assert sorted(states) == sorted([told, told, "revoked"])


def _set_in_the_past(unit):
    with admin(database_name()) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "UPDATE referrals_share SET starts_at = now() - interval '9 days',"
            " expires_at = now() - interval '1 second' WHERE to_unit = %s",
            [unit],
        )
        connection.execute(
            "UPDATE referrals_grant SET valid_until = now() - interval '1 second'"
            " WHERE unit_id = %s AND share_id IS NOT NULL",
            [unit],
        )
