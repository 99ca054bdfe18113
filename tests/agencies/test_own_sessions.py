"""One's own sessions: what is open, from where, and ending it from afar."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.db.models import F
from django.urls import reverse

from agencies.services.devices import device_in_words
from kernel.clock import now
from kernel.http.sessions import scope_token, token_hash
from kernel.models import ScopeSession
from tests.agencies.factories import a_browser, signed_in
from tests.support.database import admin

SESSIONS = "/compte/sessions/"
ALL_OTHERS = {"which": "others"}
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
    " Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)


def session_of(browser):
    key = browser.cookies[settings.SESSION_COOKIE_NAME].value
    return ScopeSession.objects.using("signin").filter(pk=token_hash(scope_token(key)))


def run(statement, *values):
    with admin(settings.DATABASES["default"]["NAME"]) as connection:
        return connection.execute(statement, values)


@pytest.fixture
def two(gendarme):
    """The same person in two browsers of two places."""
    here = signed_in(gendarme, browser=a_browser("192.0.2.7", HTTP_USER_AGENT=FIREFOX))
    hour = timedelta(hours=1)
    session_of(here).update(created_at=F("created_at") - hour, expires_at=F("expires_at") - hour)
    there = a_browser("2001:db8:1:2::9", HTTP_USER_AGENT=SAFARI)
    there.post("/connexion/", {"email": gendarme.email, "password": gendarme.password})
    assert there.post("/connexion/code/", {"code": gendarme.code(steps=1)}).status_code == 302
    return here, there


def test_each_is_listed_with_device_place_and_time(two):
    here, _there = two
    page = here.get(SESSIONS)
    first, second = page.context["sessions"]
    assert (first.current, first.device, first.network) == (True, "Firefox sur Windows", "192.0")
    assert (second.current, second.device) == (False, "Safari sur iPhone")
    assert second.network == "2001:0db8"
    assert not second.same_network
    html = page.content.decode()
    for whole in ("192.0.2.7", "2001:db8:1:2", "Mozilla"):
        assert whole not in html


def test_one_is_ended_and_this_one_goes_on(two):
    here, there = two
    number = session_of(there).get().number
    done = here.post(reverse("agencies:end_session", args=[number]))
    assert (done.status_code, done["Location"]) == (302, SESSIONS)
    assert there.get("/")["Location"] == "/connexion/"
    assert here.get("/").status_code == 200
    assert len(here.get(SESSIONS).context["sessions"]) == 1
    assert here.post(reverse("agencies:end_session", args=[number])).status_code == 404


def test_all_others_are_ended_when_that_is_said(two):
    here, there = two
    here.post(reverse("agencies:end_others"))
    assert there.get("/").status_code == 200
    here.post(reverse("agencies:end_others"), ALL_OTHERS)
    assert there.get("/").status_code == 302
    assert here.get("/").status_code == 200


def test_nobody_ends_somebody_elses_or_their_own_present_one(two, pilot):
    here, there = two
    stranger = signed_in(pilot)
    for number in (session_of(there).get().number, uuid4()):
        answer = stranger.post(reverse("agencies:end_session", args=[number]))
        assert answer.status_code == 404
    own = session_of(here).get().number
    assert here.post(reverse("agencies:end_session", args=[own])).status_code == 404
    stranger.post(reverse("agencies:end_others"), ALL_OTHERS)
    assert (here.get("/").status_code, there.get("/").status_code) == (200, 200)


def test_looking_at_the_address_ends_nothing(two):
    here, there = two
    number = session_of(there).get().number
    assert here.get(reverse("agencies:end_session", args=[number])).status_code == 405
    assert here.get(reverse("agencies:end_others")).status_code == 405
    assert here.get(reverse("agencies:sign_out")).status_code == 405
    assert there.get("/").status_code == 200


def test_an_ended_session_is_in_the_record(two, gendarme):
    here, _there = two
    here.post(reverse("agencies:end_others"), ALL_OTHERS)
    found = run(
        "SELECT count(*) FROM audit_entry WHERE kind = 'session.ended' AND actor = %s",
        gendarme.account_id,
    )
    assert found.fetchone() == (1,)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("", "Appareil inconnu"),
        ("curl/8.0", "Appareil inconnu"),
        (FIREFOX, "Firefox sur Windows"),
        (SAFARI, "Safari sur iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/141.0 Safari/537.36 Edg/141.0", "Edge sur Linux"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/141.0 Mobile Safari/537.36", "Chrome sur Android"),
    ],
)
def test_a_device_is_named_as_people_know_it(said, words):
    assert device_in_words(said) == words


class TestTime:
    """The clock is the database's: ends are moved there, nobody waits."""

    @pytest.mark.parametrize("column", ["idle_until", "expires_at"])
    def test_a_session_past_its_end_answers_with_the_challenge(self, gendarme, column):
        browser = signed_in(gendarme)
        assert browser.get("/").status_code == 200
        run(
            f"UPDATE kernel_session SET {column} = now() - interval '1 second'"
            " WHERE account_id = %s",
            gendarme.account_id,
        )
        assert browser.get("/").status_code == 302
        refused = browser.get(reverse("api-session-list"))
        assert refused.json()["error"]["code"] == "sign_in_required"

    def test_doing_something_puts_the_idle_end_off_and_looking_does_not(self, gendarme):
        browser = signed_in(gendarme)
        run(
            "UPDATE kernel_session SET idle_until = now() + interval '1 minute'"
            " WHERE account_id = %s",
            gendarme.account_id,
        )
        background = browser.get("/", headers={"X-Background": "1"})
        assert 50 <= int(background["X-Session-Left"]) <= 60
        assert session_of(browser).get().idle_until < now() + timedelta(seconds=61)
        present = browser.get("/")
        assert 898 <= int(present["X-Session-Left"]) <= 900
        assert session_of(browser).get().idle_until > now() + timedelta(minutes=14)

    def test_somebody_who_is_refused_is_there_all_the_same(self, gendarme):
        browser = signed_in(gendarme)
        run(
            "UPDATE kernel_session SET idle_until = now() + interval '1 minute'"
            " WHERE account_id = %s",
            gendarme.account_id,
        )
        assert browser.get("/nulle-part/").status_code == 404
        assert session_of(browser).get().idle_until > now() + timedelta(minutes=14)

    def test_nothing_puts_the_longest_life_off(self, gendarme):
        browser = signed_in(gendarme)
        run(
            "UPDATE kernel_session SET created_at = now() - interval '7 hours 59 minutes',"
            " expires_at = now() + interval '1 minute' WHERE account_id = %s",
            gendarme.account_id,
        )
        assert 50 <= int(browser.get("/")["X-Session-Left"]) <= 60
        assert browser.get(reverse("api-session-list")).json()["final"] is True
        browser.post("/connexion/confirmer/", {"code": gendarme.code(steps=1)})
        assert session_of(browser).get().expires_at < now() + timedelta(minutes=2)

    def test_the_database_lets_nobody_stay_longer_than_eight_hours(self, gendarme):
        signed_in(gendarme)
        with pytest.raises(Exception, match="eight_hours"):
            run(
                "UPDATE kernel_session SET expires_at = created_at + interval '481 minutes'"
                " WHERE account_id = %s",
                gendarme.account_id,
            )
