"""A person looks after their own factors, and nobody else's exist for them."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp_webauthn.models import WebAuthnCredential

from agencies.models import Authenticator, BackupSheet
from agencies.services.my_factors import my_factors, remove
from kernel.clock import now
from kernel.errors import StepUpRequired, WrongState
from kernel.models import OutboxItem, ScopeSession
from kernel.scope import acting_as
from tests.agencies.factories import PASSWORD, a_person, an_accession
from tests.support.at_once import at_once
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.world import browser_of

LIST = "/compte/facteurs/"
NEW = LIST + "application/"


def a_passkey(person, name="Une clé"):
    """A passkey as its ceremony leaves it; its private half exists nowhere."""
    return WebAuthnCredential.objects.using("signin").create(
        user_id=person.account_id, name=name, credential_id=name.encode() + person.account_id.bytes,
        public_key=b"x", aaguid="0",
    )  # fmt: skip


def first_code(device):
    clock = TOTP(device.bin_key)
    return f"{clock.token():06d}"


def begin(browser, **values):
    return browser.post(NEW, {"name": "Mon téléphone", "password": PASSWORD, **values})


def begun(person):
    return Authenticator.objects.using("signin").get(user_id=person.account_id, confirmed=False)


def stale(person):
    moment = now() - timedelta(minutes=6)
    ScopeSession.objects.using("signin").filter(account_id=person.account_id).update(
        factor_at=moment
    )


def told(person):
    owed = OutboxItem.objects.using("worker").filter(recipient=person.account_id)
    return sorted(owed.values_list("kind", "channel"))


def recorded(person, kind):
    with admin(database_name()) as connection:
        return connection.execute(
            "SELECT count(*) FROM audit_entry WHERE kind = %s AND actor = %s",
            [kind, person.account_id],
        ).fetchone()[0]


def test_a_second_authenticator_counts_after_its_first_code(gendarme):
    browser, other = browser_of(gendarme), gendarme.viewer()
    page = begin(browser)
    assert page.status_code == 200
    assert "data:image/svg+xml" in page.content.decode()
    device = begun(gendarme)
    assert my_factors(other).authenticators[0].pk == gendarme.device.pk
    assert len(my_factors(other).authenticators) == 1
    answer = browser.post(f"{NEW}{device.pk}/", {"code": first_code(device)})
    assert answer["Location"] == LIST
    assert "Mon téléphone" in browser.get(LIST).content.decode()
    sessions = ScopeSession.objects.using("signin").filter(account_id=gendarme.account_id)
    assert sessions.count() == 1, "the other session is closed, this one is not"
    assert ("factor.added", "email") in told(gendarme)
    assert ("factor.added", "inbox") in told(gendarme)
    assert recorded(gendarme, "signin.factor_added") == 1


def test_the_seed_is_shown_once(gendarme):
    browser = browser_of(gendarme)
    begin(browser)
    device = begun(gendarme)
    for answer in (
        browser.get(f"{NEW}{device.pk}/"),
        browser.post(f"{NEW}{device.pk}/", {"code": "000000"}),
        browser.get(LIST),
    ):
        assert "data:image/svg+xml" not in answer.content.decode()
        assert "otpauth" not in answer.content.decode()


def test_the_password_is_asked_for_and_never_sent_back(gendarme):
    browser = browser_of(gendarme)
    for path in (NEW, LIST + "codes/", LIST + "cle/"):
        values = {"name": "Un nom", "password": "pas-celui-la", "answer": "{}"}
        answer = browser.post(path, values)
        assert answer.status_code == 422
        assert "Ce n&#x27;est pas votre mot de passe" in answer.content.decode()
        assert "pas-celui-la" not in answer.content.decode()
    assert not BackupSheet.objects.using("signin").filter(user_id=gendarme.account_id).exists()


@pytest.mark.parametrize("path", [NEW, LIST + "codes/", LIST + "cle/", LIST + "cle/question/"])
def test_an_old_factor_adds_nothing(gendarme, path):
    browser = browser_of(gendarme)
    stale(gendarme)
    answer = browser.post(path, {"name": "Un nom", "password": PASSWORD, "answer": "{}"})
    assert answer.status_code in (303, 403)
    assert "data:image" not in answer.content.decode()
    assert not Authenticator.objects.using("signin").filter(
        user_id=gendarme.account_id, confirmed=False
    )


def test_an_old_factor_removes_nothing(gendarme):
    a_passkey(gendarme)
    viewer = gendarme.viewer()
    stale(gendarme)
    with pytest.raises(StepUpRequired), acting_as(viewer) as fresh:
        remove(fresh, "totp", gendarme.device.pk)
    assert Authenticator.objects.using("signin").filter(pk=gendarme.device.pk).exists()


def test_the_devices_of_others_do_not_exist(cell, gendarme):
    """AA-2: every other person's device, of every kind and state, answers like a random number."""
    others = [a_person(an_accession(cell)), a_person(None)]
    numbers = []
    for other in others:
        numbers += [("totp", other.device.pk), ("passkey", a_passkey(other).pk)]
    begin(browser_of(others[0]))
    numbers.append(("totp", begun(others[0]).pk))
    browser = browser_of(gendarme)
    unknown = re.sub(rb"\d", b"", browser.get(f"{LIST}totp/999999999/nom/").content)
    before = {device.pk: device.name for device in Authenticator.objects.using("signin").all()}
    for kind, number in [*numbers, ("sms", 1), ("totp", 0), ("backup", 1)]:
        paths = [f"{LIST}{kind}/{number}/nom/", f"{LIST}{kind}/{number}/retirer/"]
        if kind == "totp":
            paths.append(f"{NEW}{number}/")
        for path in paths:
            for answer in (browser.get(path), browser.post(path, {"name": "x", "code": "123456"})):
                assert answer.status_code == 404, path
                assert re.sub(rb"\d", b"", answer.content) == unknown
    after = {device.pk: device.name for device in Authenticator.objects.using("signin").all()}
    assert before == after


def test_a_device_is_renamed_and_removed_but_never_the_last(gendarme):
    browser = browser_of(gendarme)
    key = a_passkey(gendarme)
    place = f"{LIST}passkey/{key.pk}/"
    assert browser.post(place + "nom/", {"name": "  Ma   clé  "}).status_code == 302
    assert WebAuthnCredential.objects.using("signin").get(pk=key.pk).name == "Ma clé"
    assert browser.post(place + "nom/", {"name": "x" * 61}).status_code == 422
    assert browser.post(place + "retirer/").status_code == 302
    assert ("factor.removed", "email") in told(gendarme)
    answer = browser.post(f"{LIST}totp/{gendarme.device.pk}/retirer/")
    assert answer.status_code == 409
    assert "dernier facteur" in answer.content.decode()
    assert Authenticator.objects.using("signin").filter(pk=gendarme.device.pk).exists()


def test_two_removals_at_once_leave_one_factor(gendarme):
    key = a_passkey(gendarme)
    viewers = [gendarme.viewer(), gendarme.viewer()]

    def removing(viewer, kind, number):
        def act():
            with acting_as(viewer) as fresh:
                remove(fresh, kind, number)

        return act

    answers = at_once(
        "SELECT 1 FROM agencies_account WHERE id = %s FOR UPDATE",
        gendarme.account_id,
        acts=[
            removing(viewers[0], "totp", gendarme.device.pk),
            removing(viewers[1], "passkey", key.pk),
        ],
    )
    assert [type(answer) for answer in answers].count(WrongState) == 1, answers
    left = my_factors(gendarme.viewer())
    assert len(left.authenticators) + len(left.passkeys) == 1


def test_a_printed_sheet_takes_the_place_of_the_last_one(gendarme):
    browser = browser_of(gendarme)
    pages = [browser.post(LIST + "codes/", {"password": PASSWORD}) for _ in range(2)]
    codes = [re.findall(r"<code>([^<]+)</code>", page.content.decode()) for page in pages]
    assert [len(found) for found in codes] == [10, 10]
    assert len({*codes[0], *codes[1]}) == 20
    assert pages[0]["Cache-Control"] == "no-store"
    assert "Il vous en reste 10." in browser.get(LIST).content.decode()
    sheets = BackupSheet.objects.using("signin").filter(user_id=gendarme.account_id)
    assert sheets.count() == 1
    assert ("factor.printed", "email") in told(gendarme)


def test_every_factor_page_needs_a_session():
    from tests.agencies.factories import a_browser

    answer = a_browser().get(reverse("agencies:factors"))
    assert answer["Location"].startswith("/connexion/")
