"""How long a session idles: fifteen minutes, up to thirty where the cell says so; never more."""

import threading
from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.urls import reverse

from agencies.rules import default_rules, rules_of
from agencies.services.set_rules import RulesInput, set_rules
from kernel.clock import now
from kernel.errors import Invalid
from kernel.http.session_life import LEFT
from kernel.models import ScopeSession
from kernel.scope import acting_as, bind
from tests.agencies.factories import a_cell, a_person, an_accession, signed_in
from tests.agencies.test_switching import take
from tests.support.at_once import held
from tests.support.database import admin
from tests.support.searching import database_name

POLICY = """
INSERT INTO agencies_cellpolicy (id, cell_id, version, activation, reporting, closed_months,
    archive_months, not_retained_months, age_limit, log_months, created_by, created_at,
    idle_minutes)
VALUES (gen_random_uuid(), %s, %s, 'delegate', 'all', 1, 1, 1, 1, 6, gen_random_uuid(), now(), %s)
"""


def idle(viewer, minutes):
    """The rules of the viewer's cell, with this idle time."""
    rules = default_rules()
    wanted = RulesInput(rules.activation, rules.reporting, rules.retention, rules.hours, minutes)
    return set_rules(viewer, wanted)


def sessions_of(person):
    return ScopeSession.objects.using("signin").filter(account_id=person.account_id)


def minutes_left(session):
    return (session.idle_until - now()).total_seconds() / 60


def meta(page, name):
    return page.content.decode().split(f'name="{name}" content="')[1].split('"')[0]


def test_a_cell_that_has_said_nothing_gives_fifteen_minutes(world):
    signed_in(world.gendarme.person)
    session = sessions_of(world.gendarme.person).get()
    assert session.idle_seconds == 900
    assert 14 < minutes_left(session) <= 15


def test_what_a_cell_says_counts_for_its_sessions_and_for_the_warning_in_the_page(world):
    with acting_as(world.cell_admin.viewer) as viewer:
        idle(viewer, 30)
    browser = signed_in(world.gendarme.person)
    assert 29 < minutes_left(sessions_of(world.gendarme.person).get()) <= 30
    page = browser.get("/compte/")
    assert meta(page, "session-idle-seconds") == "1800"
    assert 1790 <= int(meta(page, "session-left-seconds")) <= 1800
    assert 1790 <= int(page[LEFT]) <= 1800


def test_another_cell_keeps_its_own(world):
    with acting_as(world.cell_admin.viewer) as viewer:
        idle(viewer, 30)
    stranger = a_person(an_accession(a_cell(), kind="gendarmerie"), "agency_partner")
    signed_in(stranger)
    assert sessions_of(stranger).get().idle_seconds == 900


def test_new_rules_count_at_once_for_whoever_is_there(world):
    browser = signed_in(world.gendarme.person)
    with acting_as(world.cell_admin.viewer) as viewer:
        idle(viewer, 30)
    assert meta(browser.get("/compte/"), "session-idle-seconds") == "1800"
    assert minutes_left(sessions_of(world.gendarme.person).get()) > 29
    with acting_as(world.cell_admin.viewer) as viewer:
        idle(viewer, 5)
    session = sessions_of(world.gendarme.person).get()
    assert session.idle_seconds == 300
    assert minutes_left(session) <= 5
    assert int(browser.get("/compte/")[LEFT]) <= 300


@pytest.mark.parametrize("minutes", [4, 31, 0, -1, 1000])
def test_a_cell_chooses_between_five_and_thirty_minutes(world, minutes):
    with acting_as(world.cell_admin.viewer) as viewer, pytest.raises(Invalid) as refused:
        idle(viewer, minutes)
    assert "idle_minutes" in refused.value.fields
    page = world.cell_admin.browser.post(
        reverse("agencies:cell_rules"),
        default_rules().flat() | {"_version": 0, "idle_minutes": minutes, "high_meet": 77},
    )
    assert page.status_code == 422
    assert f'value="{minutes}"' in page.text
    assert 'value="77"' in page.text
    with acting_as(world.cell_admin.viewer):
        assert rules_of(world.cell.pk).version == 0
    with (
        admin(database_name()) as connection,
        pytest.raises(Exception, match="agencies_policy_idle_minutes"),
    ):
        connection.execute(POLICY, [world.cell.pk, 1, minutes])


def test_no_code_opens_a_session_for_longer_than_its_cell_says(world):
    """What signs people in may write the row: PostgreSQL cuts what it writes."""
    viewer = world.gendarme.person.viewer()
    mine = sessions_of(world.gendarme.person)
    mine.update(idle_seconds=1800)
    assert mine.get().idle_seconds == 900
    hours = timedelta(hours=3)
    mine.model.objects.using("signin").create(
        token_hash=b"x" * 32,
        seat_id=viewer.seat_id,
        account_id=viewer.account_id,
        factor_at=now(),
        created_at=now(),
        idle_seconds=1800,
        idle_until=now() + hours,
        expires_at=now() + hours,
    )
    made = mine.get(token_hash=b"x" * 32)
    assert made.idle_seconds == 900
    assert minutes_left(made) <= 15


def test_a_session_that_moves_to_another_cell_takes_its_time(world):
    elsewhere = a_cell()
    person = a_person(an_accession(elsewhere, kind="gendarmerie"), "agency_partner")
    person.joins(world.gendarme.accession, "agency_partner")
    with acting_as(world.cell_admin.viewer) as viewer:
        idle(viewer, 30)
    first, second = person.memberships
    viewer = person.viewer()
    assert sessions_of(person).get().idle_seconds == 900
    token = take(viewer, second.pk)
    assert sessions_of(person).get().idle_seconds == 1800
    with transaction.atomic():
        moved = bind(token)
    take(moved, first.pk)
    session = sessions_of(person).get()
    assert session.idle_seconds == 900
    assert minutes_left(session) <= 15


def test_a_session_that_opens_while_the_rules_change_takes_the_new_ones(world):
    """Either the change sees the session, or the session waits for the change."""
    with acting_as(world.cell_admin.viewer) as viewer:
        idle(viewer, 30)
    person = world.gendarme.person

    def opens():
        signed_in(person)
        connections.close_all()

    opening = threading.Thread(target=opens)
    with held(POLICY, world.cell.pk, 2, 5) as until_waiting:
        opening.start()
        until_waiting(1)
    opening.join(30)
    assert sessions_of(person).get().idle_seconds == 300
