"""Giving an agency something to do never shows it a case: it is first offered a share."""

from datetime import timedelta

import pytest
from django.urls import reverse

from kernel.clock import now
from kernel.errors import Invalid
from kernel.scope import acting_as
from meetings.services.conduct import open_meeting
from meetings.services.convene import convene
from meetings.services.record_decision import record_decision
from meetings.states import DecisionCode
from referrals.casework.services.add_measure import add_measure
from referrals.models.history import MeasureKind
from tests.referrals.test_expiry import sees
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.world import in_days

pytestmark = pytest.mark.database
SOON = timedelta(hours=1)


def everything_of(world, case_id):
    """The grants of the case, and what was owed to the police."""
    with admin(database_name()) as connection:
        grants = connection.execute(
            "SELECT unit_id, scope, level FROM referrals_grant WHERE case_id = %s ORDER BY 1, 2",
            [case_id],
        ).fetchall()
        owed = connection.execute(
            "SELECT count(*) FROM kernel_outbox WHERE recipient = %s",
            [world.police.person.account_id],
        ).fetchall()
    return grants, owed


def test_a_task_an_invitation_and_a_decision_are_refused_with_the_way_to_a_share(world):
    case_id = world.activated()
    world.shared(case_id, world.gendarme)
    police = world.police.accession_id
    with acting_as(world.coordinator.viewer) as viewer:
        meeting = convene(
            viewer, case_id, starts_at=now() + SOON, agencies=[world.gendarme.accession_id]
        ).pk
        open_meeting(viewer, meeting)
    before = everything_of(world, case_id)

    def measure(viewer):
        kind, due = MeasureKind.OTHER, in_days(3)
        add_measure(viewer, case_id, kind=kind, owner_accession=police, due_on=due)

    def invitation(viewer):
        convene(viewer, case_id, starts_at=now() + SOON, agencies=[police])

    def decision(viewer):
        code, due = next(iter(DecisionCode)), in_days(3)
        record_decision(viewer, meeting, code=code, text="x", due_on=due, owner_accession=police)

    for act in (measure, invitation, decision):
        with pytest.raises(Invalid) as refused, acting_as(world.coordinator.viewer) as viewer:
            act(viewer)
        assert refused.value.code == "no_scope", act
        assert refused.value.way_out.url == (
            reverse("referrals:share", args=[case_id]) + f"?service={police}"
        )
    assert everything_of(world, case_id) == before
    assert sees(world.police, case_id) is None
    # Who may not share is told whom to ask.
    with pytest.raises(Invalid) as refused, acting_as(world.prosecutor.viewer) as viewer:
        measure(viewer)
    assert refused.value.way_out is None


def test_the_api_and_the_page_say_where_a_share_is_proposed(world):
    case_id = world.activated()
    wanted = {"kind": "supervision", "due_on": in_days(3).isoformat()}
    answer = world.coordinator.browser.post(
        f"/api/v1/referrals/{case_id}/measures/",
        wanted | {"owner_accession": str(world.police.accession_id)},
        content_type="application/json",
    )
    assert answer.status_code == 422
    assert str(world.police.accession_id) in answer.json()["error"]["way_out"]["url"]
