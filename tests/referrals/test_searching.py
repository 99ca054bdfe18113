"""Asking whether a pupil is known: so often an hour and no more, whichever way one asks."""

import pytest
from django.urls import reverse

from kernel.errors import TooMany
from kernel.scope import acting_as
from referrals.intake.escalation import PartyInput
from referrals.intake.services.search_before import search_before
from referrals.models.content import PartyRole
from referrals.sql.searching import MOST
from tests.authorisation.operations import PUPIL
from tests.support.at_once import Acting, held
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.walls import injected
from tests.support.world import an_escalation

pytestmark = pytest.mark.database


def made(person, number=None, *, ago="0"):
    """How many searches a person has made; sets it when a number is given."""
    with admin(database_name()) as connection:
        if number is not None:
            connection.execute(
                "INSERT INTO referrals_search_count VALUES (%s, now() - %s::interval, %s)"
                " ON CONFLICT (account_id) DO UPDATE SET made = EXCLUDED.made,"
                " began_at = EXCLUDED.began_at",
                [person.account_id, ago, number],
            )
        found = connection.execute(
            "SELECT made FROM referrals_search_count WHERE account_id = %s", [person.account_id]
        ).fetchone()
    return found[0] if found else 0


def search_by_page(seat):
    return seat.browser.post(reverse("referrals:search"), PUPIL)


def test_whoever_has_asked_too_often_is_told_when_to_come_back(world):
    """The form keeps what was typed; that it was tried is on record; a program hears it too."""
    person = world.pilot.person
    made(person, MOST - 1)
    assert search_by_page(world.pilot).status_code == 200
    refused = search_by_page(world.pilot)
    assert refused.status_code == 429
    text = refused.content.decode()
    assert f"Vous avez fait {MOST} recherches en une heure. Réessayez dans 60 min." in text
    assert PUPIL["family_name"] in text
    answer = world.pilot.browser.post("/api/v1/referrals/search/", PUPIL, "application/json")
    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "too_many"
    assert 3500 < int(answer["Retry-After"]) <= 3600
    assert made(person) == MOST
    with admin(database_name()) as connection:
        refusals = connection.execute(
            "SELECT convert_from(payload, 'UTF8') FROM audit_entry"
            " WHERE cell_id = %s AND kind = 'access.refused' AND actor = %s ORDER BY id",
            [world.cell.pk, person.account_id],
        ).fetchall()
    assert len(refusals) == 2
    assert all("too_many" in payload for (payload,) in refusals)
    assert search_by_page(world.coordinator).status_code == 200


def test_a_hit_says_whom_to_call_and_nothing_of_the_case(world):
    case_id = world.submitted()
    assert world.coordinator.viewer
    known = {"family_name": "CIBLE", "given_name": "alba", "birth_date": "2013-04-05"}
    page = world.pilot.browser.post(reverse("referrals:search"), known).content.decode()
    assert world.coordinator.viewer.display_name in page
    assert world.coordinator.viewer.agency_name in page
    answer = world.pilot.browser.post("/api/v1/referrals/search/", known, "application/json")
    assert answer.json()["found"] is True
    assert [one["name"] for one in answer.json()["contacts"]] == [
        world.coordinator.viewer.display_name
    ]
    assert str(case_id) not in page + answer.content.decode()
    missed = world.pilot.browser.post("/api/v1/referrals/search/", PUPIL, "application/json")
    assert missed.json() == {"found": False, "contacts": []}


def test_after_an_hour_one_asks_again(world):
    made(world.pilot.person, MOST, ago="59 minutes")
    assert search_by_page(world.pilot).status_code == 429
    made(world.pilot.person, MOST, ago="61 minutes")
    assert search_by_page(world.pilot).status_code == 200
    assert made(world.pilot.person) == 1


def test_of_two_last_searches_at_the_same_moment_one_is_answered(world):
    pupil = PartyInput(PartyRole.TARGET, "Alba", "Nina", an_escalation().parties[0].birth_date, "")
    viewer, account_id = world.pilot.viewer, world.pilot.person.account_id
    made(world.pilot.person, MOST - 1)

    def ask():
        with acting_as(viewer) as mine:
            return search_before(mine, pupil)

    lock = "SELECT 1 FROM referrals_search_count WHERE account_id = %s FOR UPDATE"
    with held(lock, account_id) as until_waiting:
        both = [Acting(ask), Acting(ask)]
        until_waiting(2)
    answers = [one.done() for one in both]
    assert [answer for answer in answers if answer is False] == [False]
    assert [type(answer) for answer in answers if answer is not False] == [TooMany]


def test_by_sql_alone_one_asks_no_more_often(world):
    with injected(world.pilot) as connection:
        answered = 0
        for number in range(MOST + 5):
            mark = number.to_bytes(32, "big")
            row = connection.execute("SELECT found FROM referrals.is_known(%s)", [mark]).fetchone()
            connection.commit()
            answered += row[0] is not None
    assert answered == MOST
