"""Signing in through the pages: password, code, seat; and nothing before all of them."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from agencies.models import Account
from agencies.pages import progress
from agencies.services.end_membership import end_membership
from kernel.clock import now
from kernel.http.sessions import scope_token, stored_key, token_hash
from kernel.models import ScopeSession
from kernel.scope import bind
from tests.agencies.factories import (
    OPERATOR,
    PASSWORD,
    a_browser,
    a_person,
    an_accession,
    signed_in,
)
from tests.support.database import admin

SIGN_IN = "/connexion/"
CODE = "/connexion/code/"
ROLE = "/connexion/role/"


def database():
    return admin(settings.DATABASES["default"]["NAME"])


def cookie(browser):
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


def is_signed_in(browser):
    key = browser.cookies.get(settings.SESSION_COOKIE_NAME)
    if key is None or not key.value:
        return False
    found = ScopeSession.objects.using("signin").filter(pk=token_hash(scope_token(key.value)))
    return found.exists()


def give_password(browser, person, **values):
    return browser.post(SIGN_IN, {"email": person.email, "password": person.password, **values})


def test_a_password_and_a_code_open_one_session(gendarme):
    browser = a_browser()
    assert browser.get(SIGN_IN).status_code == 200
    answer = give_password(browser, gendarme)
    assert (answer.status_code, answer["Location"]) == (302, CODE)
    assert not is_signed_in(browser)
    answer = browser.post(CODE, {"code": gendarme.code()})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert is_signed_in(browser)


def test_the_session_key_changes_with_every_step(gendarme):
    browser = a_browser()
    give_password(browser, gendarme)
    first = cookie(browser)
    browser.post(CODE, {"code": gendarme.code()})
    assert cookie(browser) != first
    old = a_browser()
    old.cookies[settings.SESSION_COOKIE_NAME] = first
    assert not is_signed_in(old)
    assert old.get(CODE)["Location"] == SIGN_IN


def test_a_session_key_set_from_outside_is_never_taken_over(gendarme):
    browser = a_browser()
    browser.cookies[settings.SESSION_COOKIE_NAME] = "x" * 32
    give_password(browser, gendarme)
    assert cookie(browser) != "x" * 32


def test_a_session_key_planted_in_the_browser_is_left_behind_with_the_password(gendarme, pilot):
    browser = a_browser()
    give_password(browser, pilot)
    planted = cookie(browser)
    give_password(browser, gendarme)
    assert cookie(browser) != planted
    attacker = a_browser()
    attacker.cookies[settings.SESSION_COOKIE_NAME] = planted
    assert attacker.get(CODE)["Location"] == SIGN_IN


def test_the_database_keeps_neither_the_key_nor_the_token(gendarme):
    browser = signed_in(gendarme)
    key = cookie(browser)
    assert key not in (stored_key(key), scope_token(key))
    with database() as connection:
        rows = connection.execute(
            "SELECT session_key FROM django_session WHERE session_key = ANY(%s)",
            [[key, stored_key(key)]],
        ).fetchall()
        assert rows == [(stored_key(key),)]
        hashes = connection.execute(
            "SELECT token_hash FROM kernel_session WHERE seat_id = %s", [gendarme.seat_id]
        ).fetchall()
    assert hashes == [(token_hash(scope_token(key)),)]


def test_capitals_and_spaces_around_an_address_do_not_matter(gendarme):
    answer = a_browser().post(
        SIGN_IN, {"email": f"  {gendarme.email.upper()} ", "password": PASSWORD}
    )
    assert answer["Location"] == CODE


@pytest.mark.parametrize("code", ["{} {}", " {}{} ", "{}\u00a0{}"])
def test_spaces_in_a_code_do_not_matter(gendarme, code):
    browser = a_browser()
    give_password(browser, gendarme)
    shown = gendarme.code()
    answer = browser.post(CODE, {"code": code.format(shown[:3], shown[3:])})
    assert answer.status_code == 302


def plain(answer):
    """The bytes of a page without what differs at every rendering."""
    text = answer.content.decode()
    text = re.sub(r'(name="(?:csrfmiddlewaretoken|_key)" value=")[^"]*', r"\1", text)
    return re.sub(
        r'(name="email" value=")[^"]*', r"\1", re.sub(r'("X-CSRFToken": ?")[^"]*', r"\1", text)
    )


def test_an_unknown_address_and_a_wrong_password_get_the_same_answer(gendarme):
    unknown = a_browser().post(
        SIGN_IN, {"email": "personne-inconnue@essais.exemple", "password": PASSWORD}
    )
    wrong = a_browser().post(SIGN_IN, {"email": gendarme.email, "password": "pas celui-là"})
    off = a_person(None)
    Account.objects.using("operator").filter(pk=off.account_id).update(is_active=False)
    inactive = give_password(a_browser(), off)
    assert unknown.status_code == wrong.status_code == inactive.status_code == 422
    assert plain(unknown) == plain(wrong) == plain(inactive)
    assert dict(unknown.headers).keys() == dict(wrong.headers).keys()
    assert "pas le bon" in plain(wrong)


def test_the_password_is_never_sent_back(gendarme):
    answer = a_browser().post(SIGN_IN, {"email": gendarme.email, "password": "pas-celui-la"})
    assert "pas-celui-la" not in answer.content.decode()
    assert gendarme.email in answer.content.decode()


def test_a_wrong_code_opens_nothing_and_can_be_corrected(gendarme):
    browser = a_browser()
    give_password(browser, gendarme)
    wrong = f"{(int(gendarme.code()) + 1) % 1_000_000:06d}"
    answer = browser.post(CODE, {"code": wrong})
    assert answer.status_code == 422
    assert not is_signed_in(browser)
    assert "ou a déjà servi" in answer.content.decode()


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "abcdef", "1e5", "٤٥٦٧٨٩", "-12345", "\x00"]
)
def test_what_is_no_code_is_answered_in_a_sentence(gendarme, code):
    browser = a_browser()
    give_password(browser, gendarme)
    answer = browser.post(CODE, {"code": code})
    assert answer.status_code == 422
    assert not is_signed_in(browser)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"email": "", "password": ""},
        {"email": "a" * 5000, "password": "x"},
        {"email": "a@b.exemple", "password": "x" * 5000},
        {"email": "a\x00@b.exemple", "password": "x"},
        {"email": "a@b.exemple", "password": "x\x00"},
        {"email": "\ud800@b.exemple".encode("utf-8", "surrogatepass"), "password": "x"},
        {"email": ["a@b.exemple", "c@d.exemple"], "password": ["x", "y"]},
    ],
)
def test_bad_input_is_never_a_server_error(values):
    assert a_browser().post(SIGN_IN, values).status_code == 422


def test_a_code_serves_once(gendarme):
    code = gendarme.code()
    first, second = a_browser(), a_browser()
    for browser in (first, second):
        give_password(browser, gendarme)
    assert first.post(CODE, {"code": code}).status_code == 302
    assert second.post(CODE, {"code": code}).status_code == 422
    assert not is_signed_in(second)


def test_the_code_page_is_closed_to_those_without_a_password():
    for page in (CODE, ROLE):
        browser = a_browser()
        assert browser.get(page)["Location"] == SIGN_IN
        assert browser.post(page, {"code": "000000"})["Location"] == SIGN_IN


def test_the_place_page_is_closed_to_those_without_a_code(cell, gendarme):
    gendarme.joins(an_accession(cell, kind="police"), "agency_partner")
    browser = a_browser()
    give_password(browser, gendarme)
    assert browser.get(ROLE)["Location"] == SIGN_IN
    assert browser.post(ROLE, {"seat": str(gendarme.seat_id)})["Location"] == SIGN_IN
    assert not is_signed_in(browser)


def test_somebody_with_two_places_chooses_one(cell, gendarme):
    other = gendarme.joins(an_accession(cell, kind="police"), "agency_partner")
    browser = a_browser()
    give_password(browser, gendarme)
    answer = browser.post(CODE, {"code": gendarme.code()})
    assert answer["Location"] == ROLE
    assert not is_signed_in(browser)
    page = browser.get(ROLE).content.decode()
    assert str(other.pk) in page
    assert str(gendarme.seat_id) in page
    assert browser.post(ROLE, {"seat": str(other.pk)})["Location"] == "/"
    session = ScopeSession.objects.using("signin").get(pk=token_hash(scope_token(cookie(browser))))
    assert session.seat_id == other.pk


def test_nobody_takes_a_place_that_is_not_theirs(cell, gendarme, coordinator):
    gendarme.joins(an_accession(cell, kind="police"), "agency_partner")
    browser = a_browser()
    give_password(browser, gendarme)
    browser.post(CODE, {"code": gendarme.code()})
    for seat in (coordinator.seat_id, "", "pas un identifiant"):
        assert browser.post(ROLE, {"seat": str(seat)}).status_code == 422
    assert not is_signed_in(browser)


def test_somebody_without_any_place_is_told_so():
    person = a_person(None)
    browser = a_browser()
    give_password(browser, person)
    answer = browser.post(CODE, {"code": person.code()})
    assert answer.status_code == 403
    assert "aucune cellule" in answer.content.decode()
    assert not is_signed_in(browser)


def test_an_ended_place_cannot_be_taken_nor_kept(cell, gendarme):
    browser = signed_in(gendarme)
    end_membership(OPERATOR, membership_id=gendarme.seat_id)
    assert not is_signed_in(browser)
    again = a_browser()
    give_password(again, gendarme)
    assert again.post(CODE, {"code": gendarme.code(steps=1)}).status_code == 403


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("/dossiers/", "/dossiers/"),
        ("//ailleurs.exemple/", "/"),
        ("https://ailleurs.exemple/", "/"),
        ("/\\ailleurs.exemple", "/"),
        ("javascript:alert(1)", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"),
        ("/" + "x" * 600, "/"),
    ],
)
def test_afterwards_one_is_where_one_wanted_to_be_and_never_elsewhere(gendarme, asked, given):
    browser = a_browser()
    give_password(browser, gendarme, next=asked)
    answer = browser.post(CODE, {"code": gendarme.code()})
    assert answer["Location"] == given


def test_without_a_csrf_token_nothing_happens(gendarme):
    browser = a_browser(enforce_csrf_checks=True)
    assert give_password(browser, gendarme).status_code == 403


def test_signing_out_ends_the_session_and_empties_the_browser(gendarme):
    browser = signed_in(gendarme)
    key = cookie(browser)
    answer = browser.post(reverse("agencies:sign_out"))
    assert answer.status_code == 200
    assert answer["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert answer["Cache-Control"] == "no-store"
    stolen = a_browser()
    stolen.cookies[settings.SESSION_COOKIE_NAME] = key
    assert not is_signed_in(stolen)


def test_signing_out_works_after_a_minute_and_more(gendarme):
    """The session's row is then written by the very request that ends it."""
    browser = signed_in(gendarme)
    stolen = a_browser()
    stolen.cookies[settings.SESSION_COOKIE_NAME] = cookie(browser)
    with database() as connection:
        connection.execute(
            "UPDATE kernel_session SET idle_until = idle_until - interval '2 minutes'"
            " WHERE seat_id = %s",
            [gendarme.seat_id],
        )
    assert browser.post(reverse("agencies:sign_out")).status_code == 200
    assert not is_signed_in(stolen)


def test_signing_out_is_not_a_link(gendarme):
    browser = signed_in(gendarme)
    assert browser.get(reverse("agencies:sign_out")).status_code == 405
    assert is_signed_in(browser)


def test_signing_out_twice_is_no_error(gendarme):
    browser = signed_in(gendarme)
    browser.post(reverse("agencies:sign_out"))
    assert browser.post(reverse("agencies:sign_out")).status_code == 200


def test_a_sign_in_that_was_left_lying_about_is_over_after_ten_minutes(gendarme, monkeypatch):
    browser = a_browser()
    give_password(browser, gendarme)
    monkeypatch.setattr(progress, "now", lambda: now() + timedelta(minutes=11))
    assert browser.post(CODE, {"code": gendarme.code()})["Location"] == SIGN_IN


@pytest.mark.parametrize(
    "column", ["idle_until = now()", "expires_at = now()", "idle_until = now() - interval '1 s'"]
)
def test_an_idle_or_too_long_session_is_over(gendarme, column):
    viewer = gendarme.viewer()
    with database() as connection:
        connection.execute(
            f"UPDATE kernel_session SET {column} WHERE seat_id = %s", [gendarme.seat_id]
        )
    with transaction.atomic():
        assert bind(viewer.token) is None


def test_a_session_lasts_fifteen_minutes_idle_and_eight_hours_in_all(gendarme):
    signed_in(gendarme)
    session = ScopeSession.objects.using("signin").get(seat_id=gendarme.seat_id)
    assert (session.idle_until - session.created_at).total_seconds() == 15 * 60
    assert (session.expires_at - session.created_at).total_seconds() == 8 * 3600


def test_an_old_session_of_the_same_person_is_cleared_away(gendarme):
    signed_in(gendarme)
    with database() as connection:
        connection.execute(
            "UPDATE kernel_session SET expires_at = now() - interval '1 s' WHERE seat_id = %s",
            [gendarme.seat_id],
        )
    gendarme.viewer()
    assert ScopeSession.objects.using("signin").filter(seat_id=gendarme.seat_id).count() == 1
