"""What needs a fresh factor asks for one, and then goes on with the very act."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse, HttpResponseRedirect
from django.test import override_settings
from django.urls import include, path, reverse

from agencies.pages import signing_out
from kernel.clock import now
from kernel.errors import SignInRequired, StepUpRequired
from kernel.http.kept import KeptAct
from kernel.http.pages import page
from kernel.http.sessions import scope_token, token_hash
from kernel.models import ScopeSession
from kernel.scope import acting_as
from kernel.step_up import require_fresh
from referrals.casefile.services.reveal import reveal
from tests.agencies.factories import a_browser, an_address, signed_in
from tests.support.database import admin
from tests.support.world import stale

CONFIRM = "/connexion/confirmer/"
SENT: list[dict[str, list[str]]] = []


@page
def guarded(request, viewer):
    """An act of a test that needs a fresh factor."""
    require_fresh(viewer)
    SENT.append(dict(request.POST.lists()))
    return HttpResponseRedirect("/fait/") if request.method == "POST" else HttpResponse("vu")


urlpatterns = [path("essai/", guarded), path("", include("config.urls"))]
FORM = {
    "_key": "k1",
    "note": "Deux entretiens\nle lundi",
    "who": ["a", "b"],
    "password": "un secret",
    "code": "123 456",
    "feedback-code": "measures",
    "code_of_case": "7",
}


@pytest.fixture(autouse=True)
def _acts():
    SENT.clear()
    with override_settings(ROOT_URLCONF=__name__):
        yield


@pytest.fixture
def person(gendarme):
    """Somebody signed in some minutes ago."""
    browser = signed_in(gendarme)
    stale(gendarme)
    return gendarme, browser


def key_of(browser):
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


def session_of(browser):
    hashed = token_hash(scope_token(key_of(browser)))
    return ScopeSession.objects.using("signin").filter(pk=hashed).first()


def confirm(browser, who, where, *, steps=1, **headers):
    return browser.post(where, {"code": who.code(steps=steps)}, **headers)


def fields_of(answer):
    kept = answer.context["kept"]
    return kept.path, sorted(kept.fields)


def test_a_page_comes_back_after_the_factor(person):
    who, browser = person
    asked = browser.get("/essai/?etat=1")
    assert asked.status_code == 303
    assert asked["Location"] == CONFIRM + "?next=%2Fessai%2F%3Fetat%3D1"
    form = browser.get(asked["Location"])
    assert form.status_code == 200
    assert re.findall(r'<input[^>]* name="code"[^>]*>', form.text)[0].count(" autofocus") == 1
    done = confirm(browser, who, asked["Location"])
    back = browser.get(done["Location"])
    assert (back.status_code, back["Location"]) == (302, "/essai/?etat=1")
    assert browser.get(back["Location"]).content == b"vu"


def test_an_act_goes_on_with_everything_that_was_typed(person):
    who, browser = person
    asked = browser.post("/essai/?a=1", FORM)
    assert (asked.status_code, SENT) == (303, [])
    done = confirm(browser, who, asked["Location"])
    assert done.status_code == 302
    ready = browser.get(done["Location"])
    path_, fields = fields_of(ready)
    assert path_ == "/essai/?a=1"
    assert fields == [
        ("_key", "k1"),
        ("code_of_case", "7"),
        ("feedback-code", "measures"),
        ("note", "Deux entretiens\nle lundi"),
        ("who", "a"),
        ("who", "b"),
    ]
    html = ready.content.decode()
    assert 'action="/essai/?a=1"' in html
    assert "un secret" not in html
    assert "123 456" not in html
    again: dict[str, list[str]] = {}
    for name, value in fields:
        again.setdefault(name, []).append(value)
    assert browser.post(path_, again)["Location"] == "/fait/"
    assert SENT[0]["note"] == ["Deux entretiens\nle lundi"]
    assert SENT[0]["_key"] == ["k1"]


def test_a_file_is_not_kept_and_its_person_is_told_before_anything_is_sent(person):
    who, browser = person
    file = SimpleUploadedFile("liste.txt", b"...", "text/plain")
    asked = browser.post("/essai/", {**FORM, "file": file})
    ready = browser.get(confirm(browser, who, asked["Location"])["Location"])
    assert "le fichier que vous aviez joint ne l'est pas" in unescape(ready.text)
    assert "part maintenant" not in ready.text
    assert "data-resend" not in ready.text, "it waits for its person"
    assert dict(ready.context["kept"].fields)["note"] == FORM["note"]
    assert SENT == []


def test_who_is_no_longer_signed_in_is_told_that_nothing_was_sent():
    browser = a_browser()
    file = SimpleUploadedFile("liste.txt", b"...", "text/plain")
    for sent, of_a_file in (({**FORM, "file": file}, True), (FORM, False)):
        told = unescape(browser.post("/essai/", sent, follow=True).text)
        assert "Rien n'a été envoyé : vous n'étiez plus connecté" in told
        assert ("un fichier joint est à choisir de nouveau" in told) is of_a_file
    assert "Rien n'a été envoyé" not in unescape(browser.get("/essai/", follow=True).text)


def test_whose_session_ends_while_they_sign_out_have_lost_nothing(person, monkeypatch):
    def over(viewer):
        raise SignInRequired

    monkeypatch.setattr(signing_out, "sign_out", over)
    page = person[1].post("/deconnexion/", follow=True)
    assert page.redirect_chain, "it comes to the page for signing in"
    assert "Rien n'a été envoyé" not in unescape(page.text)


def test_what_is_kept_cannot_be_read_in_the_database(person):
    _who, browser = person
    browser.post("/essai/", FORM)
    with admin(settings.DATABASES["default"]["NAME"]) as connection:
        rows = connection.execute(
            "SELECT sealed FROM kernel_kept_act WHERE token_hash = %s",
            [session_of(browser).token_hash],
        ).fetchall()
    [[sealed]] = rows
    assert b"entretiens" not in bytes(sealed)


def test_nobody_else_goes_on_with_it(person, pilot):
    _who, browser = person
    asked = browser.post("/essai/", FORM)
    stranger = signed_in(pilot)
    answer = stranger.get(asked["Location"])
    assert answer.status_code == 403
    assert "entretiens" not in answer.content.decode()
    assert stranger.get(CONFIRM + f"?act={uuid4()}").status_code == 403
    assert stranger.get(CONFIRM + "?act=nothing").status_code == 403


def test_another_session_of_the_same_person_does_not_have_it(person):
    who, browser = person
    asked = browser.post("/essai/", FORM)
    other = a_browser()
    ScopeSession.objects.using("signin").filter(account_id=who.account_id).update(
        factor_at=now() - timedelta(minutes=10)
    )
    other.cookies[settings.SESSION_COOKIE_NAME] = uuid4().hex
    assert other.get(asked["Location"])["Location"].startswith("/connexion/")


def test_a_row_that_is_given_to_another_session_opens_nothing(person, pilot):
    """Whoever can write the table still lacks the key, which is made of the session's own token."""
    _who, browser = person
    asked = browser.post("/essai/", FORM)
    stranger = signed_in(pilot)
    mine = KeptAct.objects.using("signin").filter(token_hash=session_of(browser).token_hash)
    assert mine.update(token_hash=session_of(stranger).token_hash) == 1
    assert stranger.get(asked["Location"]).status_code == 403


def test_it_is_gone_after_ten_minutes_and_with_the_session(person):
    who, browser = person
    asked = browser.post("/essai/", FORM)
    mine = KeptAct.objects.using("signin").filter(token_hash=session_of(browser).token_hash)
    mine.update(created_at=now() - timedelta(minutes=11))
    done = confirm(browser, who, asked["Location"])
    assert browser.get(done["Location"]).status_code == 403
    mine = KeptAct.objects.using("signin").filter(token_hash=session_of(browser).token_hash)
    assert mine.count() == 1
    number = mine.get().pk
    browser.post(reverse("agencies:sign_out"))
    assert not KeptAct.objects.using("signin").filter(pk=number).exists()


def test_the_newest_five_are_kept(person):
    _who, browser = person
    places = [browser.post("/essai/", {**FORM, "note": str(n)})["Location"] for n in range(7)]
    mine = KeptAct.objects.using("signin").filter(token_hash=session_of(browser).token_hash)
    assert mine.count() == 5
    assert str(mine.order_by("-created_at").first().pk) in places[-1]


@pytest.mark.parametrize(
    "asked", ["//ailleurs.exemple/", "https://ailleurs.exemple/", "/\\ailleurs.exemple", "x"]
)
def test_no_other_site_is_led_to(person, asked):
    who, browser = person
    where = CONFIRM + "?next=" + asked
    done = confirm(browser, who, where)
    assert browser.get(done["Location"])["Location"] == "/"


def test_the_key_changes_and_the_old_one_opens_nothing(person):
    who, browser = person
    before = session_of(browser)
    old = a_browser()
    old.cookies[settings.SESSION_COOKIE_NAME] = key_of(browser)
    assert old.get("/").status_code == 200
    confirm(browser, who, CONFIRM)
    after = session_of(browser)
    assert after.pk != before.pk
    assert (after.number, after.expires_at) == (before.number, before.expires_at)
    assert bytes(after.renewed_from) == bytes(before.pk)
    assert now() - after.factor_at < timedelta(minutes=1)
    assert old.get("/")["Location"].startswith("/connexion/")
    assert browser.get("/").status_code == 200


def test_a_wrong_code_renews_nothing_and_is_throttled(person):
    who, browser = person
    before = session_of(browser)
    answers = [browser.post(CONFIRM, {"code": "000000"}).status_code for _each in range(6)]
    assert answers == [422] * 5 + [429]
    assert confirm(browser, who, CONFIRM).status_code == 429
    assert session_of(browser).factor_at == before.factor_at


def test_a_code_serves_once(person):
    who, browser = person
    code = who.code(steps=1)
    assert browser.post(CONFIRM, {"code": code}).status_code == 302
    stale(who)
    assert browser.post(CONFIRM, {"code": code}).status_code == 422


def test_another_persons_code_is_refused(person, pilot):
    _who, browser = person
    assert browser.post(CONFIRM, {"code": pilot.code()}).status_code == 422


def test_only_somebody_signed_in_is_asked():
    assert a_browser(an_address()).get(CONFIRM)["Location"].startswith("/connexion/?next=")


def test_a_part_of_a_page_is_told_where_to_confirm(person):
    who, browser = person
    answer = browser.post("/essai/", FORM, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["X-Confirm"]) == (403, CONFIRM)
    dialog = browser.get(CONFIRM, headers={"X-Dialog": "1"})
    assert "<dialog" in dialog.content.decode()
    assert "<html" not in dialog.content.decode()
    wrong = browser.post(CONFIRM, {"code": "1"}, headers={"X-Dialog": "1"})
    assert wrong.status_code == 422
    assert "<dialog" in wrong.content.decode()
    assert confirm(browser, who, CONFIRM, headers={"X-Dialog": "1"}).status_code == 204
    assert browser.post("/essai/", FORM).status_code == 302


def test_the_api_says_so_and_takes_a_code(person):
    who, browser = person
    reveal = reverse("api-parties-reveal", args=[uuid4()])
    assert browser.post(reveal, content_type="application/json").status_code == 404
    factor = reverse("api-session-factor")
    wrong = browser.post(factor, json.dumps({"code": "x"}), content_type="application/json")
    assert wrong.status_code == 422
    old = key_of(browser)
    right = browser.post(
        factor, json.dumps({"code": who.code(steps=1)}), content_type="application/json"
    )
    assert right.status_code == 200, right.content
    assert key_of(browser) != old
    own = browser.get(reverse("api-session-list")).json()
    assert own["seat"] == str(who.seat_id)
    assert 890 <= own["seconds_left"] <= 900


def test_a_refused_act_and_a_new_factor_are_in_the_record(person):
    who, browser = person
    browser.post("/essai/", FORM)
    confirm(browser, who, CONFIRM)
    with admin(settings.DATABASES["default"]["NAME"]) as connection:
        rows = connection.execute(
            "SELECT kind, outcome FROM audit_entry WHERE actor = %s AND kind IN"
            " ('access.refused', 'signin.renewed') ORDER BY id",
            [who.account_id],
        ).fetchall()
    assert rows == [("access.refused", "refused"), ("signin.renewed", "done")]


class TestNames:
    """A pupil's name, the first thing that asks for it."""

    @pytest.fixture
    def named(self, world):
        case_id = world.submitted()
        with admin(settings.DATABASES["default"]["NAME"]) as connection:
            [party] = connection.execute(
                "SELECT id FROM referrals_party WHERE case_id = %s AND role = 'target'", [case_id]
            ).fetchone()
        return world.coordinator, party

    def test_a_name_needs_a_fresh_factor_on_every_channel(self, named):
        seat, party = named
        browser = seat.browser
        place = reverse("referrals:reveal", args=[party])
        assert browser.post(place).status_code == 200
        stale(seat.person)
        assert browser.post(place)["Location"].startswith(CONFIRM)
        api = reverse("api-parties-reveal", args=[party])
        refused = browser.post(api, content_type="application/json")
        assert refused.status_code == 403
        assert refused.json()["error"]["code"] == "step_up_required"

    def test_the_database_asks_too(self, named):
        """Were the web server's word taken for it, no name would leave the table all the same."""
        seat, party = named
        viewer = seat.viewer
        stale(seat.person)
        with acting_as(viewer) as present:
            sure = replace(present, factor_at=now())
            with pytest.raises(StepUpRequired):
                reveal(sure, party)
