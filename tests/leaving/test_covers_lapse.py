"""A cover that waits for its second person: where it is found, until when, and who is told."""

from datetime import timedelta

import pytest
from django.urls import reverse

from agencies.services.ask_second import LETTERS
from agencies.services.cover import confirm_deputy, end_cover
from kernel.errors import WrongState
from kernel.models import OutboxItem
from kernel.scope import acting_as
from tests.agencies.inviting import a_proposal, invited_by
from tests.leaving.test_covering import colleague, named
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.walls import injected, refusal

pytestmark = pytest.mark.database

WAITS = timedelta(days=14)
CONFIRM = "SELECT agencies.confirm_deputy(%s)"


def waiting_since(cover, age):
    """As if it had been proposed this long ago."""
    with admin(database_name()) as connection:
        connection.execute(
            "UPDATE agencies_absence SET created_at = now() - %s WHERE id = %s", [age, cover.pk]
        )


@pytest.fixture
def cover(world):
    """One that waits for the administration, and lasts longer than it may wait."""
    assert world.cell_admin.viewer
    away, deputy = colleague(world.gendarme, "agency_partner"), colleague(world.gendarme, "auditor")
    return named(away, away, deputy, days=30)


def test_it_is_among_the_roles_to_confirm_until_its_time_is_over(world, cover):
    page, browser = reverse("agencies:to_confirm"), world.cell_admin.browser
    confirm = reverse("agencies:confirm_cover", args=[cover.pk])
    assert confirm in browser.get(page).content.decode()
    waiting_since(cover, WAITS)
    assert confirm not in browser.get(page).content.decode()
    assert confirm not in browser.get(reverse("agencies:absence")).content.decode()


def test_nobody_confirms_it_after_fourteen_days(world, cover):
    waiting_since(cover, WAITS - timedelta(minutes=1))
    with injected(world.cell_admin) as connection:
        assert refusal(connection, CONFIRM, cover.pk) == "1 rows"
    waiting_since(cover, WAITS)
    with injected(world.cell_admin) as connection:
        assert refusal(connection, CONFIRM, cover.pk) == "23514"
    for act in (confirm_deputy, end_cover):
        with pytest.raises(WrongState), acting_as(world.cell_admin.viewer) as viewer:
            act(viewer, cover.pk)


def test_it_is_in_the_way_of_no_other_afterwards(world, cover):
    with acting_as(world.cell_admin.viewer) as viewer:
        place, deputy = cover.membership_id, cover.deputy_id
        assert viewer.cell_id == cover.cell_id
    call = "SELECT agencies.name_deputy(gen_random_uuid(), %s, %s, now(), now() + '3 days')"
    with injected(world.cell_admin) as connection:
        assert refusal(connection, call, place, deputy) == "23514"
    waiting_since(cover, WAITS)
    with injected(world.cell_admin) as connection:
        assert refusal(connection, call, place, deputy) == "1 rows"


def test_who_proposes_without_end_fills_nobodys_letter_box(world):
    second = colleague(world.coordinator, "cell_admin")
    for _proposal in range(LETTERS + 3):
        invited_by(world.cell_admin.person, a_proposal(world.police.accession))
    owed = OutboxItem.objects.using("worker").filter(
        recipient=second.person.account_id, kind="confirmation.wanted"
    )
    assert owed.filter(channel="inbox").count() == LETTERS + 3
    assert owed.filter(channel="email").count() == LETTERS
