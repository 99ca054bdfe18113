"""From one place to another: at once, on record, and never with what was written in the first."""

import re
import secrets
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from agencies.places import my_places
from agencies.services.switch_seat import switch_seat
from kernel.clock import now
from kernel.errors import NotFound, SignInRequired, StepUpRequired
from kernel.http.sessions import scope_token, token_hash
from kernel.live import limits
from kernel.models import KeptAct, ScopeSession
from kernel.scope import acting_as
from tests.agencies.factories import a_browser, a_cell, a_person, an_accession
from tests.support.database import admin
from tests.support.ear import Ear
from tests.support.searching import database_name
from tests.support.server import web_server
from tests.support.world import browser_of

pytestmark = pytest.mark.database
LOST = "Le fichier que vous aviez joint n'est pas gardé"


@pytest.fixture
def two_places(cell):
    """Somebody who is a partner in one cell and a school's pilot in another."""
    person = a_person(an_accession(cell, kind="gendarmerie"), "agency_partner")
    person.joins(an_accession(a_cell(), kind="school"), "school_pilot")
    return person


def sessions_of(person):
    return ScopeSession.objects.using("signin").filter(account_id=person.account_id)


def recorded(cell_id, kind):
    """Seat, and the facts as they were written, of every entry of this kind."""
    with admin(database_name()) as connection:
        return connection.execute(
            "SELECT seat, convert_from(payload, 'UTF8') FROM audit_entry"
            " WHERE cell_id = %s AND kind = %s",
            [cell_id, kind],
        ).fetchall()


def take(viewer, seat_id):
    token = secrets.token_hex(32)
    with acting_as(viewer) as bound:
        switch_seat(bound, seat_id, lambda: token)
    return token


def test_the_session_goes_on_in_the_other_seat(two_places):
    viewer = two_places.viewer()
    before = sessions_of(two_places).get(pk=token_hash(viewer.token))
    _first, second = two_places.memberships
    token = take(viewer, second.pk)
    after = sessions_of(two_places).get(pk=token_hash(token))
    assert after.seat_id == second.pk
    assert after.factor_at == before.factor_at
    assert after.expires_at == before.expires_at
    assert not sessions_of(two_places).filter(pk=token_hash(viewer.token)).exists()
    with pytest.raises(SignInRequired), acting_as(viewer):
        pass


def test_each_cell_records_its_own_side_and_nothing_of_the_other(two_places):
    first, second = two_places.memberships
    take(two_places.viewer(), second.pk)
    left, taken = "signin.seat_left", "signin.seat_taken"
    assert [row[0] for row in recorded(first.cell_id, left)] == [first.pk]
    assert [row[0] for row in recorded(second.cell_id, taken)] == [second.pk]
    assert recorded(first.cell_id, taken) == recorded(second.cell_id, left) == []
    for cell_id, kind, other in ((first.cell_id, left, second), (second.cell_id, taken, first)):
        for _seat, payload in recorded(cell_id, kind):
            assert not any(
                str(word) in payload for word in (other.pk, other.agency_id, other.accession_id)
            )


def test_nobody_takes_a_place_that_is_not_theirs(two_places, coordinator):
    viewer = two_places.viewer()
    for seat_id in (coordinator.seat_id, uuid4()):
        with pytest.raises(NotFound):
            take(viewer, seat_id)
    with acting_as(viewer):
        assert sessions_of(two_places).count() == 1


def test_a_place_that_has_ended_cannot_be_taken(cell):
    person = a_person(an_accession(cell, kind="police"), "agency_partner")
    ended = person.joins(
        an_accession(cell, kind="crip"),
        "agency_partner",
        valid_from=now() - timedelta(days=2),
        valid_until=now() - timedelta(days=1),
    )
    with pytest.raises(NotFound):
        take(person.viewer(), ended.pk)


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        ("dsden", "cell_coordinator"),
        ("prosecutor", "prosecutor"),
        ("prosecutor", "prosecutor_delegate"),
        ("dsden", "auditor"),
        ("dsden", "dpo"),
        ("dsden", "cell_admin"),
        ("dsden", "departmental_officer"),
        ("school", "school_head"),
    ],
)
def test_a_strong_role_wants_a_factor_shown_a_moment_ago(cell, kind, role):
    person = a_person(an_accession(cell, kind="police"), "agency_partner")
    strong = person.joins(an_accession(cell, kind=kind), role)
    viewer = person.viewer()
    sessions_of(person).update(factor_at=now() - timedelta(minutes=6))
    with pytest.raises(StepUpRequired):
        take(viewer, strong.pk)
    sessions_of(person).update(factor_at=now() - timedelta(minutes=4))
    take(viewer, strong.pk)


def test_other_roles_do_not(two_places):
    viewer = two_places.viewer()
    sessions_of(two_places).update(factor_at=now() - timedelta(minutes=6))
    take(viewer, two_places.memberships[1].pk)


def test_the_header_offers_the_other_places_and_one_press_takes_one(two_places):
    _first, second = two_places.memberships
    browser = browser_of(two_places)
    home = browser.get("/").content.decode()
    assert str(second.pk) in home
    key = browser.cookies["rempart"].value
    answer = browser.post(reverse("agencies:switch"), {"seat": str(second.pk)}, follow=True)
    assert answer.redirect_chain == [("/", 302)]
    page = answer.content.decode()
    assert second.agency.name in page
    assert "Pilote de l&#x27;établissement" in page
    assert browser.cookies["rempart"].value != key
    assert not sessions_of(two_places).filter(pk=token_hash(scope_token(key))).exists()


def test_somebody_with_one_place_is_offered_nothing(gendarme):
    assert "data-places" not in browser_of(gendarme).get("/").content.decode()


def test_who_is_only_in_one_cell_learns_nothing_of_the_other(two_places, cell):
    colleague = a_person(an_accession(cell, kind="dsden"), "cell_coordinator")
    second = two_places.memberships[1]
    with acting_as(colleague.viewer()):
        assert [place.id for place in my_places()] == [colleague.seat_id]
    administers = a_person(an_accession(cell, kind="rectorate"), "cell_admin")
    for person in (colleague, administers):
        page = browser_of(person).get("/").content.decode()
        assert str(second.pk) not in page
        assert second.agency.name not in page


# A second tab.


def test_what_a_stale_tab_sends_is_not_done_in_the_new_seat(two_places):
    first, second = two_places.memberships
    browser = browser_of(two_places)
    browser.post(reverse("agencies:switch"), {"seat": str(second.pk)})
    typed = {"_seat": str(first.pk), "note": "Un texte assez long", "_key": "k1"}
    answer = browser.post(reverse("referrals:start"), typed)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Un texte assez long" in page
    assert first.agency.name in page
    with admin(database_name()) as connection:
        drafts = connection.execute(
            "SELECT count(*) FROM referrals_case WHERE cell_id = %s", [second.cell_id]
        ).fetchone()
    assert drafts == (0,)


def test_that_a_file_is_not_kept_is_said_before_and_after(two_places):
    first, second = two_places.memberships
    browser = browser_of(two_places, seat_id=first.pk)
    file = SimpleUploadedFile("liste.txt", b"...", "text/plain")
    typed = {"_seat": str(second.pk), "note": "Un texte assez long"}
    for more, lost in (({}, False), ({"file": file}, True)):
        page = browser.post(reverse("referrals:start"), typed | more).text
        assert (LOST in unescape(page)) is lost
        act = re.search(r'name="act" value="([0-9a-f-]{36})"', page)[1]
        switched = {"seat": str(second.pk), "act": act}
        back = browser.post(reverse("agencies:switch"), switched, follow=True).text
        assert (LOST in unescape(back)) is lost
        browser = browser_of(two_places, seat_id=first.pk)


def test_the_same_from_the_right_seat_is_done(two_places):
    second = two_places.memberships[1]
    browser = browser_of(two_places, seat_id=second.pk)
    answer = browser.post(reverse("referrals:start"), {"_seat": str(second.pk)})
    assert answer.status_code == 302


def test_nothing_is_lost_on_the_way_back(two_places):
    first, second = two_places.memberships
    browser = browser_of(two_places, seat_id=first.pk)
    typed = {"_seat": str(second.pk), "_key": "k1", "note": "Un texte assez long", "at": ["a", "b"]}
    page = browser.post(reverse("referrals:start"), typed).content.decode()
    act = re.search(r'name="act" value="([0-9a-f-]{36})"', page)[1]
    answer = browser.post(
        reverse("agencies:switch"), {"seat": str(second.pk), "act": act}, follow=True
    )
    page = answer.content.decode()
    assert 'name="note" value="Un texte assez long"' in page
    assert page.count('name="at"') == 2
    assert f'name="_seat" value="{second.pk}"' in page
    assert f'action="{reverse("referrals:start")}"' in page
    assert sessions_of(two_places).get().seat_id == second.pk


def test_what_was_written_in_one_seat_is_not_given_back_in_another(two_places):
    first, second = two_places.memberships
    browser = browser_of(two_places, seat_id=first.pk)
    typed = {"_seat": str(second.pk), "note": "Un texte assez long"}
    page = browser.post(reverse("referrals:start"), typed).content.decode()
    act = re.search(r'name="act" value="([0-9a-f-]{36})"', page)[1]
    answer = browser.get(reverse("agencies:take_up_again"), {"act": act})
    assert answer.status_code == 409
    assert "Un texte assez long" not in answer.content.decode()


def test_secrets_are_not_kept_in_the_page(two_places):
    _first, second = two_places.memberships
    browser = browser_of(two_places)
    typed = {"_seat": str(second.pk), "password": "quatre mots secrets ici", "code": "123 456"}
    page = browser.post(reverse("agencies:switch"), typed).content.decode()
    assert "quatre" not in page
    assert "123 456" not in page


@pytest.mark.parametrize("name", ["again", "answer", "password", "code", "backup_code"])
def test_no_secret_of_any_form_is_kept_from_a_stale_tab(two_places, name):
    first, second = two_places.memberships
    browser = browser_of(two_places, seat_id=first.pk)
    typed = {"_seat": str(second.pk), "note": "Un texte assez long", name: "abcd efgh jkmn"}
    page = browser.post(reverse("agencies:switch"), typed).content.decode()
    act = re.search(r'name="act" value="([0-9a-f-]{36})"', page)[1]
    again = browser.post(
        reverse("agencies:switch"), {"seat": str(second.pk), "act": act}, follow=True
    ).content.decode()
    assert "Un texte assez long" in again
    assert "abcd efgh jkmn" not in page + again


def test_nothing_is_kept_of_what_another_site_makes_a_browser_send(two_places):
    first, second = two_places.memberships
    mine = browser_of(two_places, seat_id=first.pk)
    browser = a_browser(enforce_csrf_checks=True)
    browser.cookies = mine.cookies
    typed = {"_seat": str(second.pk), "note": "Un texte venu d'ailleurs"}
    answer = browser.post(reverse("referrals:start"), typed)
    assert answer.status_code == 403
    assert "venu" not in answer.content.decode()
    kept = KeptAct.objects.using("signin")
    session = scope_token(mine.cookies["rempart"].value)
    assert not kept.filter(token_hash=token_hash(session)).exists()


def test_a_program_that_says_its_seat_is_told_when_it_is_another(two_places):
    _first, second = two_places.memberships
    browser = browser_of(two_places)
    answer = browser.post(
        "/api/v1/referrals/",
        {},
        content_type="application/json",
        headers={"X-Seat": str(second.pk)},
    )
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "other_seat"


def test_the_api_lists_and_takes_ones_own_places(two_places):
    first, second = two_places.memberships
    browser = browser_of(two_places)
    listed = browser.get("/api/v1/role/").json()["results"]
    assert {row["id"]: row["current"] for row in listed} == {
        str(first.pk): True,
        str(second.pk): False,
    }
    answer = browser.post(
        "/api/v1/role/", {"seat": str(second.pk)}, content_type="application/json"
    )
    assert answer.status_code == 200
    assert answer.json()["id"] == str(second.pk)
    listed = browser.get("/api/v1/role/").json()["results"]
    assert [row["id"] for row in listed if row["current"]] == [str(second.pk)]


@pytest.mark.parametrize("meant", ["", "x", "' OR 1=1", "0" * 36])
def test_a_seat_that_is_none_is_refused_without_a_stumble(two_places, meant):
    browser = browser_of(two_places)
    assert browser.post(reverse("agencies:switch"), {"seat": meant}).status_code == 422


def test_the_sockets_of_the_seat_that_is_left_close(two_places):
    second = two_places.memberships[1]
    browser = browser_of(two_places)
    with web_server() as server:
        ear = Ear(server, browser.cookies["rempart"].value)
        ear.say(type="watch", room="unit:1", last_seq=0)
        ear.until(lambda frame: frame["type"] == "refused")
        browser.post(reverse("agencies:switch"), {"seat": str(second.pk)})
        assert ear.until_closed(within=5) == limits.ENDED
