"""A form or a socket that is not ours leaves an entry for whose session it used, and no flood."""

from contextlib import ExitStack

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from websockets.exceptions import InvalidStatus

from kernel.live import limits
from tests.agencies.factories import a_browser, a_cell, a_person, an_accession, signed_in
from tests.support.database import admin
from tests.support.ear import Ear
from tests.support.searching import database_name
from tests.support.server import wait_for, web_server

MOST = 20
SECRET = "Alba, 5e B"


@pytest.fixture(scope="module")
def server(database):
    with web_server() as running:
        yield running


def refusals(seat):
    """What the record holds of refusals to this person: the payloads, oldest first."""
    return refusals_of(seat.person)


def refusals_of(person):
    with admin(database_name()) as connection:
        rows = connection.execute(
            "SELECT convert_from(payload, 'UTF8') FROM audit_entry"
            " WHERE kind = 'access.refused' AND actor = %s ORDER BY id",
            [person.account_id],
        ).fetchall()
    return [payload for (payload,) in rows]


def an_hour_later(seat):
    with admin(database_name()) as connection:
        connection.execute(
            "UPDATE kernel_session SET noted_since = noted_since - interval '61 minutes'"
            " WHERE account_id = %s",
            [seat.person.account_id],
        )


def strict(seat):
    """This person's browser, led by a page that is not ours."""
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = seat.browser.cookies
    return browser


def test_a_form_that_is_not_ours_is_written_down_so_many_times_an_hour(world):
    browser = strict(world.pilot)
    search, typed = reverse("referrals:search"), {"family_name": SECRET}
    assert browser.post(search, typed).status_code == 403
    [entry] = refusals(world.pilot)
    assert "csrf_failed" in entry
    assert "referrals:search" in entry
    assert SECRET not in entry
    journal = world.auditor.browser.get("/journal/?outcome=refused").content.decode()
    assert "Formulaire expiré, ou envoyé depuis un autre site." in journal
    for _each in range(MOST + 5):
        assert browser.post(search, typed).status_code == 403
    assert len(refusals(world.pilot)) == MOST
    an_hour_later(world.pilot)
    assert browser.post(search, typed).status_code == 403
    assert len(refusals(world.pilot)) == MOST + 1


def test_the_bound_is_of_one_session_and_keeps_no_other_refusal_out(world):
    browser = strict(world.pilot)
    for _each in range(MOST + 1):
        browser.post(reverse("referrals:start"))
    assert strict(world.other_pilot).post(reverse("referrals:start")).status_code == 403
    assert len(refusals(world.other_pilot)) == 1
    assert world.pilot.browser.get(reverse("referrals:left_behind")).status_code == 403
    assert len(refusals(world.pilot)) == MOST + 1


@pytest.mark.parametrize("path", ["/api/v1/referrals/search/", "/connexion/fournisseur/aller/"])
def test_so_is_one_at_the_doors_of_programs_and_providers(world, path):
    answer = strict(world.pilot).post(path, {}, "application/json")
    assert answer.status_code == 403
    [entry] = refusals(world.pilot)
    assert "csrf_failed" in entry


def test_nobodys_form_leaves_no_entry(world):
    assert a_browser(enforce_csrf_checks=True).post("/connexion/").status_code == 403
    assert refusals(world.pilot) == []


def opened(server, seat, **options):
    return Ear(server, seat.browser.cookies[settings.SESSION_COOKIE_NAME].value, **options)


def test_a_socket_from_elsewhere_is_written_down_so_many_times_an_hour(world, server):
    for number in range(MOST + 3):
        with pytest.raises(InvalidStatus):
            opened(server, world.pilot, origin="https://elsewhere.example")
        assert len(refusals(world.pilot)) == min(number + 1, MOST)
    assert "other_origin" in refusals(world.pilot)[0]
    assert "live.connect" in refusals(world.pilot)[0]
    with pytest.raises(InvalidStatus):
        Ear(server, "invented", origin="https://elsewhere.example")


def test_a_socket_at_another_address_and_one_that_breaks_the_rules_are_written_down(world, server):
    with pytest.raises(InvalidStatus):
        opened(server, world.pilot, path="../autre/")
    assert len(refusals(world.pilot)) == 1
    ear = opened(server, world.pilot)
    ear.say(type="shout", text=SECRET)
    ear.until_closed()
    wait_for(lambda: len(refusals(world.pilot)) == 2, within=5, what="the entry")
    assert "bad_frame" in refusals(world.pilot)[1]
    assert "live.frame" in refusals(world.pilot)[1]
    assert SECRET not in "".join(refusals(world.pilot))


def test_rooms_that_are_not_ours_are_written_down_so_many_times_an_hour(world, server):
    """In two sockets: one alone may not say so much in a second."""
    for first in (90_000_000, 91_000_000):
        ear = opened(server, world.pilot)
        for number in range(first, first + MOST // 2 + 3):
            room = f"unit:{number}"
            ear.say(type="watch", room=room, last_seq=0)
            ear.until(lambda frame, room=room: frame == {"type": "refused", "room": room})
        ear.close()
    assert len(refusals(world.pilot)) == MOST


def test_one_socket_too_many_is_written_down(world, server):
    with ExitStack() as sockets:
        for _each in range(limits.SOCKETS_PER_SESSION + 1):
            sockets.callback(opened(server, world.pilot).close)
        wait_for(lambda: refusals(world.pilot), within=10, what="the entry")
    [entry] = refusals(world.pilot)
    assert "too_many" in entry


def test_a_socket_before_the_charter_is_signed_is_written_down(server):
    person = a_person(None)
    person.joins(an_accession(a_cell()), "agency_partner", signs=False)
    browser = signed_in(person)
    ear = Ear(server, browser.cookies[settings.SESSION_COOKIE_NAME].value)
    assert ear.until_closed() == limits.SIGN_IN
    [entry] = refusals_of(person)
    assert "charter_unsigned" in entry
