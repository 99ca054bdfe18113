"""Convening: coordination calls agencies that may already read the case, and nobody else."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection

from kernel.clock import now
from kernel.errors import Invalid, NotAllowed, NotFound, WrongState
from kernel.live.announce import last_seq
from kernel.outbox.inbox import newest
from kernel.outbox.relay import drain
from kernel.scope import acting_as
from meetings import selectors
from meetings.models import Invitation, Meeting
from meetings.services.convene import convene
from referrals.casework.owners import SHARE_FIRST
from referrals.models.access import Level
from referrals.models.share import LegalBasis, Purpose
from referrals.sharing.services import answer
from referrals.sharing.services.propose import propose
from tests.meetings.conftest import a_meeting, a_shared_case
from tests.support.database import as_role
from tests.support.world import World

LATER = timedelta(hours=2)


def test_the_agency_that_reads_the_case_is_asked_to_come(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = a_meeting(world, case_id, world.gendarme)
    with acting_as(world.gendarme.viewer) as viewer:
        meeting = selectors.meeting_for(viewer, meeting_id)
        assert meeting.state == "planned"
        assert [m.pk for m in selectors.meetings_of(viewer).coming] == [meeting_id]
        (point,) = selectors.agenda(viewer, meeting)
        assert point.item is not None
        assert point.item.case_id == case_id


def test_the_agency_is_told_and_the_coordination_is_not(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = a_meeting(world, case_id, world.gendarme)
    drain()
    with acting_as(world.gendarme.viewer) as viewer:
        assert (newest(viewer)[0].kind, newest(viewer)[0].subject_id) == (
            "meeting.convened",
            meeting_id,
        )
    with acting_as(world.coordinator.viewer) as viewer:
        assert "meeting.convened" not in {notice.kind for notice in newest(viewer)}


def test_the_lists_of_those_at_the_table_are_rung(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme)
    room = f"unit:{world.gendarme.accession.unit_id}"
    with acting_as(world.gendarme.viewer):
        before = last_seq(room)
    a_meeting(world, case_id, world.gendarme)
    with acting_as(world.gendarme.viewer):
        assert last_seq(room) > before


@pytest.mark.parametrize("who", ["police", "prefecture", "other_pilot", "victim_support"])
def test_an_agency_without_scope_is_refused_and_nothing_is_written(world: World, who: str) -> None:
    case_id = a_shared_case(world, world.gendarme)
    stranger = getattr(world, who)
    guests = [world.gendarme.accession_id, stranger.accession_id]
    with pytest.raises(Invalid) as refused, acting_as(world.coordinator.viewer) as viewer:
        convene(viewer, case_id, starts_at=now() + LATER, agencies=guests)
    assert refused.value.fields == {"agencies": [SHARE_FIRST]}
    assert "proposez-lui d'abord un partage" in str(refused.value.message)
    with acting_as(world.coordinator.viewer) as viewer:
        assert selectors.meetings_of(viewer).coming == []
        assert not Invitation.objects.exists()


def test_a_proposal_that_nobody_accepted_is_no_scope(world: World) -> None:
    case_id = world.activated()
    world.proposed(case_id, world.gendarme)
    with pytest.raises(Invalid):
        a_meeting(world, case_id, world.gendarme)


def test_knowing_that_a_case_exists_is_no_scope(world: World) -> None:
    case_id = world.activated()
    with acting_as(world.coordinator.viewer) as viewer:
        share = propose(
            viewer,
            case_id,
            to_accession=world.police.accession_id,
            compartments=(),
            purpose=Purpose.INVESTIGATION,
            legal_basis=LegalBasis.PROTOCOL,
            level=Level.STUB,
        )
    with acting_as(world.police.viewer) as viewer:
        answer.accept(viewer, share.pk)
    with pytest.raises(Invalid):
        a_meeting(world, case_id, world.police)


def test_an_agency_of_another_cell_is_refused_like_an_unknown_one(
    world: World, elsewhere: World
) -> None:
    case_id = a_shared_case(world, world.gendarme)
    for accession_id in (elsewhere.gendarme.accession_id, uuid4()):
        with pytest.raises(Invalid) as refused, acting_as(world.coordinator.viewer) as viewer:
            convene(viewer, case_id, starts_at=now() + LATER, agencies=[accession_id])
        assert refused.value.fields == {"agencies": [SHARE_FIRST]}


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("pilot", NotAllowed),
        ("prosecutor", NotAllowed),
        ("gendarme", NotAllowed),
        ("police", NotFound),
        ("other_pilot", NotFound),
        ("auditor", NotFound),
        ("cell_admin", NotFound),
    ],
)
def test_nobody_but_the_coordination_convenes(
    world: World, who: str, refusal: type[Exception]
) -> None:
    case_id = a_shared_case(world, world.gendarme)
    with pytest.raises(refusal), acting_as(getattr(world, who).viewer) as viewer:
        convene(viewer, case_id, starts_at=now() + LATER, agencies=[world.gendarme.accession_id])


def test_a_closed_case_or_a_case_of_another_cell_is_not_met_about(
    world: World, elsewhere: World
) -> None:
    case_id = a_shared_case(world, world.gendarme)
    with pytest.raises(NotFound), acting_as(elsewhere.coordinator.viewer) as viewer:
        convene(
            viewer, case_id, starts_at=now() + LATER, agencies=[elsewhere.gendarme.accession_id]
        )
    world.closed(case_id)
    with pytest.raises(WrongState):
        a_meeting(world, case_id, world.pilot)


@pytest.mark.parametrize("hours", [-2, 24 * 400])
def test_a_date_that_makes_no_sense_is_refused(world: World, hours: int) -> None:
    case_id = a_shared_case(world, world.gendarme)
    with pytest.raises(Invalid) as refused, acting_as(world.coordinator.viewer) as viewer:
        convene(
            viewer,
            case_id,
            starts_at=now() + timedelta(hours=hours),
            agencies=[world.gendarme.accession_id],
        )
    assert set(refused.value.fields) == {"starts_at"}


def test_an_agency_named_twice_is_asked_once_and_none_at_all_is_refused(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = a_meeting(world, case_id, world.gendarme, world.gendarme)
    with acting_as(world.coordinator.viewer) as viewer:
        meeting = selectors.meeting_for(viewer, meeting_id)
        assert len(selectors.invitations(viewer, meeting)) == 1
    with pytest.raises(Invalid):
        a_meeting(world, case_id)


def test_the_database_itself_refuses_a_guest_without_scope(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = a_meeting(world, case_id, world.gendarme)
    with (
        pytest.raises(DatabaseError, match="row-level security"),
        acting_as(world.coordinator.viewer) as viewer,
    ):
        Invitation.objects.bulk_create(
            [
                Invitation(
                    cell_id=viewer.cell_id,
                    meeting_id=meeting_id,
                    unit_id=world.police.accession.unit_id,
                    agency_id=world.police.accession.agency_id,
                    agency_name="",
                    created_at=now(),
                )
            ]
        )


def test_the_runtime_role_writes_no_viewers(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = a_meeting(world, case_id, world.gendarme)
    for column in ("viewers = '{1}'", "recheck_at = now()", "cell_id = 1"):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            acting_as(world.coordinator.viewer),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"UPDATE meetings_meeting SET {column} WHERE id = %s", [meeting_id])
    with acting_as(world.coordinator.viewer):
        assert Meeting.objects.filter(pk=meeting_id).exists()


def test_whatever_viewers_are_sent_the_database_decides(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme)
    with acting_as(world.coordinator.viewer) as viewer:
        Meeting.objects.bulk_create(
            [
                Meeting(
                    cell_id=viewer.cell_id,
                    starts_at=now(),
                    convened_by=viewer.seat_id,
                    convened_name="",
                    created_at=now(),
                    viewers=[world.police.accession.unit_id],
                )
            ]
        )
    with acting_as(world.police.viewer):
        assert not Meeting.objects.exists()
    assert case_id


def test_no_role_but_the_runtime_reads_meetings(world: World) -> None:
    for role in ("worker", "operator", "signin", "sealer", "auditor"):
        with as_role(role) as other, pytest.raises(Exception, match="permission denied"):
            other.execute("SELECT 1 FROM meetings_meeting")
