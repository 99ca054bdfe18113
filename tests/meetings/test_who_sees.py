"""A seat at the table lasts as long as the right to read a case of the agenda."""

from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse

from agencies.services.end_membership import end_membership
from kernel.errors import NotFound
from kernel.scope import acting_as
from kernel.viewer import Viewer
from meetings import selectors
from meetings.models import AgendaItem, Decision, Invitation, Meeting, Presence
from meetings.services import conduct
from meetings.services.add_point import add_point
from meetings.services.record_decision import record_decision
from meetings.states import DecisionCode
from referrals.sharing.services import answer
from tests.agencies.factories import OPERATOR
from tests.meetings.conftest import a_meeting, a_shared_case, opened
from tests.support.database import as_role
from tests.support.sittings import run
from tests.support.world import Seated, World, in_days

TABLES = (Meeting, AgendaItem, Invitation, Presence, Decision)


def rows_of(viewer: Viewer) -> int:
    """Everything of meetings that row security shows."""
    return sum(table.objects.count() for table in TABLES)


def addresses(meeting_id: UUID) -> list[tuple[str, str]]:
    """Every address of a meeting, with how it is asked."""
    pages = [
        ("get", reverse("meetings:meeting", args=[meeting_id])),
        ("get", reverse("meetings:people", args=[meeting_id])),
        ("get", reverse("meetings:decisions", args=[meeting_id])),
        ("post", reverse("meetings:decisions", args=[meeting_id])),
        ("post", reverse("meetings:open", args=[meeting_id])),
        ("post", reverse("meetings:end", args=[meeting_id])),
        ("post", reverse("meetings:cancel", args=[meeting_id])),
        ("post", reverse("meetings:take_up", args=[meeting_id, 1])),
    ]
    api = f"/api/v1/meetings/{meeting_id}/"
    pages += [("get", api), ("get", f"{api}decisions/")]
    return pages


@pytest.mark.parametrize("who", ["police", "pilot", "other_pilot", "auditor", "cell_admin"])
def test_who_was_not_asked_sees_nothing(world: World, who: str) -> None:
    # The school's pilot reads the case and still has no seat at this table.
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = opened(world, a_meeting(world, case_id, world.gendarme))
    with acting_as(getattr(world, who).viewer) as viewer:
        assert rows_of(viewer) == 0
        assert selectors.meetings_of(viewer).coming == []
        with pytest.raises(NotFound):
            selectors.meeting_for(viewer, meeting_id)


@pytest.mark.parametrize("who", ["coordinator", "gendarme", "prosecutor", "pilot"])
def test_another_cell_gets_the_answer_for_what_does_not_exist(
    world: World, elsewhere: World, who: str
) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = opened(world, a_meeting(world, case_id, world.gendarme))
    browser: Client = getattr(elsewhere, who).browser
    for (method, real), (_method, unknown) in zip(
        addresses(meeting_id), addresses(uuid4()), strict=True
    ):
        found, missing = getattr(browser, method)(real), getattr(browser, method)(unknown)
        assert found.status_code == 404, real
        assert found.content == missing.content, real
    with acting_as(getattr(elsewhere, who).viewer) as viewer:
        assert rows_of(viewer) == 0


def test_without_a_viewer_there_is_nothing(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme)
    a_meeting(world, case_id, world.gendarme)
    with as_role("runtime") as bare:
        for table in TABLES:
            counted = bare.execute(f"SELECT count(*) FROM {table._meta.db_table}").fetchone()
            assert counted == (0,)


def end_share(world: World, case_id: UUID) -> None:
    with acting_as(world.coordinator.viewer) as viewer:
        (share,) = [s for s in _shares(viewer, case_id) if s.state == "accepted"]
        answer.revoke(viewer, share.pk)


def _shares(viewer: Viewer, case_id: UUID) -> list:  # type: ignore[type-arg]  # the app's own rows
    from referrals.sharing.selectors import shares_of_case

    return shares_of_case(viewer, case_id)


def test_when_the_share_ends_so_does_the_seat(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = opened(world, a_meeting(world, case_id, world.gendarme))
    with acting_as(world.gendarme.viewer) as viewer:
        assert rows_of(viewer) >= 3
    end_share(world, case_id)
    with acting_as(world.gendarme.viewer) as viewer:
        assert rows_of(viewer) == 0
        with pytest.raises(NotFound):
            selectors.meeting_for(viewer, meeting_id)
    with acting_as(world.coordinator.viewer) as viewer:
        assert selectors.meeting_for(viewer, meeting_id)


def test_a_share_that_runs_out_needs_nobody_to_notice(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = a_meeting(world, case_id, world.gendarme)
    # As if time had passed: the grant is over, and no trigger has run since.
    unit = world.gendarme.accession.unit_id
    run("UPDATE referrals_grant SET valid_until = now() WHERE unit_id = %s", unit)
    for table in TABLES:
        run(f"UPDATE {table._meta.db_table} SET recheck_at = now() WHERE %s = ANY (viewers)", unit)
    with acting_as(world.gendarme.viewer) as viewer:
        assert rows_of(viewer) == 0
    with acting_as(world.coordinator.viewer) as viewer:
        assert selectors.meeting_for(viewer, meeting_id)
    # What time would have brought about in the case's rows, so that nothing here drifts.
    run("SELECT referrals.sync_case(%s)", case_id)


def test_a_person_who_leaves_the_agency_leaves_the_table(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme)
    meeting_id = a_meeting(world, case_id, world.gendarme)
    browser = world.gendarme.browser
    assert browser.get(reverse("meetings:meeting", args=[meeting_id])).status_code == 200
    end_membership(OPERATOR, membership_id=world.gendarme.person.seat_id)
    answered = browser.get(reverse("meetings:meeting", args=[meeting_id]))
    assert answered.status_code == 302


def test_a_point_about_a_case_of_others_is_only_a_number(world: World) -> None:
    shared, other = a_shared_case(world, world.gendarme), world.activated()
    meeting_id = a_meeting(world, shared, world.gendarme)
    with acting_as(world.coordinator.viewer) as viewer:
        add_point(viewer, meeting_id, other)
    opened(world, meeting_id)
    with acting_as(world.coordinator.viewer) as viewer:
        conduct.take_up(viewer, meeting_id, position=2)
        record_decision(
            viewer,
            meeting_id,
            code=DecisionCode.PROTECTION,
            text="Un adulte reste près de l'élève",
            due_on=in_days(3),
            owner_accession=None,
            position=2,
        )
    with acting_as(world.gendarme.viewer) as viewer:
        meeting = selectors.meeting_for(viewer, meeting_id)
        first, second = selectors.agenda(viewer, meeting)
        assert first.item is not None
        assert (second.item, second.is_current) == (None, True)
        assert selectors.decisions(viewer, meeting_id) == []
        assert Decision.objects.count() == 0
        assert AgendaItem.objects.count() == 1
        with pytest.raises(NotFound):
            record_decision(
                viewer,
                meeting_id,
                code=DecisionCode.OTHER,
                text="Je ne devrais pas",
                due_on=in_days(3),
                owner_accession=None,
                position=2,
            )
    page = world.gendarme.browser.get(reverse("meetings:meeting", args=[meeting_id]))
    told = page.content.decode()
    assert "Un dossier qui ne concerne pas votre service" in told
    assert str(other) not in told
    assert "Un adulte" not in told
    api = world.gendarme.browser.get(f"/api/v1/meetings/{meeting_id}/").json()
    assert api["agenda"][1] == {"position": 2, "current": True}


def test_who_may_read_only_the_second_case_has_a_seat_for_it_alone(world: World) -> None:
    first = a_shared_case(world, world.gendarme)
    second = a_shared_case(world, world.gendarme)
    meeting_id = a_meeting(world, first, world.gendarme)
    with acting_as(world.coordinator.viewer) as viewer:
        add_point(viewer, meeting_id, second)
    end_share(world, first)
    with acting_as(world.gendarme.viewer) as viewer:
        meeting = selectors.meeting_for(viewer, meeting_id)
        points = selectors.agenda(viewer, meeting)
        assert [point.item is not None for point in points] == [False, True]


def test_nobody_at_the_worker_finds_a_drift(world: World) -> None:
    case_id = a_shared_case(world, world.gendarme, world.police)
    meeting_id = opened(world, a_meeting(world, case_id, world.gendarme, world.police))
    end_share_of(world, case_id, world.police)
    with as_role("worker") as worker:
        drifted = {row[0] for row in worker.execute("SELECT meetings.drift()")}
    assert meeting_id not in drifted


def end_share_of(world: World, case_id: UUID, seated: Seated) -> None:
    with acting_as(world.coordinator.viewer) as viewer:
        for share in _shares(viewer, case_id):
            if share.to_unit == seated.accession.unit_id:
                answer.revoke(viewer, share.pk)
