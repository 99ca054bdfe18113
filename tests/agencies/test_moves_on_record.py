"""Invitations and covers say in the record what they were before an act, and what after it."""

import json
from datetime import timedelta

import pytest

from agencies.models.waiting import WAITS
from agencies.services.cover import confirm_deputy, end_cover
from agencies.services.handle_invitation import (
    confirm_invitation,
    refuse_invitation,
    withdraw_invitation,
)
from agencies.tasks import end_lapsed
from kernel.scope import acting_as
from tests.agencies.inviting import a_proposal, invited_by
from tests.agencies.test_proposals_lapse import INVITATIONS, waiting_since
from tests.leaving.test_covering import colleague, named
from tests.support.database import admin
from tests.support.searching import database_name

pytestmark = pytest.mark.database


def moves(about) -> list[tuple]:
    """What the record says about one of them: what was done, from what and to what."""
    with admin(database_name()) as connection:
        rows = connection.execute(
            "SELECT kind, convert_from(payload, 'UTF8') FROM audit_entry"
            " WHERE subject_id = %s AND outcome = 'done' ORDER BY epoch, xid, id",
            [about.pk],
        ).fetchall()
    told = [(kind.partition(".")[2], json.loads(text)["facts"]) for kind, text in rows]
    return [(kind, facts["before"], facts["after"]) for kind, facts in told if "after" in facts]


def test_an_invitation(cell, dsden, admin_of, second_admin):
    proposed = ("proposed", None, "waiting")
    for act, moved in (
        (confirm_invitation, ("confirmed", "waiting", "sent")),
        (refuse_invitation, ("refused", "waiting", "refused")),
        (withdraw_invitation, ("withdrawn", "waiting", "withdrawn")),
    ):
        invitation = invited_by(admin_of, a_proposal(dsden, "auditor"))
        with acting_as(second_admin.viewer()) as viewer:
            act(viewer, invitation.pk)
        assert moves(invitation) == [proposed, moved]
    old = invited_by(admin_of, a_proposal(dsden, "auditor"))
    waiting_since(INVITATIONS, old, WAITS + timedelta(hours=5))
    assert end_lapsed() >= 1
    assert moves(old) == [proposed, ("lapsed", "waiting", "lapsed")]


def test_a_cover(world):
    away, deputy = (colleague(world.gendarme, role) for role in ("agency_lead", "agency_partner"))
    assert world.cell_admin.viewer
    cover = named(world.cell_admin, away, deputy)
    with acting_as(colleague(world.coordinator, "cell_admin").viewer) as viewer:
        confirm_deputy(viewer, cover.pk)
    with acting_as(deputy.viewer) as viewer:
        end_cover(viewer, cover.pk)
    assert moves(cover) == [
        ("named", None, "proposed"),
        ("confirmed", "proposed", "confirmed"),
        ("ended", "confirmed", "ended"),
    ]
