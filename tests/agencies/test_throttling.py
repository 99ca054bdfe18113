"""Guessing is slowed down; whoever is guessed at is not shut out."""

import threading
from datetime import timedelta

import pytest
from django.db import connections

from agencies.models import Attempt, Authenticator, BackupSheet
from agencies.services import throttle, tidy
from agencies.services.backup_codes import print_codes
from agencies.services.confirm_factor import confirm_factor
from agencies.services.sign_in import Wait, sign_in
from kernel.clock import now
from kernel.errors import Invalid
from tests.agencies.factories import PASSWORD, a_browser, an_address, an_origin
from tests.support.at_once import at_once

WRONG = "pas le bon mot de passe"


def guess(email, origin, times):
    """So many wrong passwords; what each was answered."""
    answers = []
    for _ in range(times):
        with pytest.raises((Invalid, Wait)) as refusal:
            sign_in(origin, email=email, password=WRONG)
        answers.append(type(refusal.value))
    return answers


def at_the_same_moment(count, act):
    """Call from so many threads at once; the results and exceptions."""
    ready = threading.Barrier(count)
    results = []

    def run(number):
        ready.wait()
        try:
            results.append(act(number))
        except (Invalid, Wait) as refusal:
            results.append(refusal)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_five_wrong_passwords_close_this_account_for_this_address(gendarme):
    origin = an_origin()
    assert guess(gendarme.email, origin, 7) == [Invalid] * 5 + [Wait] * 2
    with pytest.raises(Wait):
        sign_in(origin, email=gendarme.email, password=PASSWORD)


def test_flooding_from_one_address_does_not_lock_the_owner_out_elsewhere(gendarme):
    guess(gendarme.email, an_origin(), 30)
    assert sign_in(an_origin(), email=gendarme.email, password=PASSWORD) == gendarme.account_id


def test_an_account_that_does_not_exist_is_throttled_just_the_same():
    origin = an_origin()
    assert guess("inconnue@essais.exemple", origin, 6) == [Invalid] * 5 + [Wait]


def test_the_page_says_when_to_come_back(gendarme):
    browser = a_browser()
    for _ in range(6):
        answer = browser.post("/connexion/", {"email": gendarme.email, "password": WRONG})
    assert answer.status_code == 429
    assert 800 < int(answer["Retry-After"]) <= 901
    assert "Patientez" in answer.content.decode()


@pytest.mark.parametrize("kind", ["totp", "backup"])
def test_after_any_number_of_wrong_codes_the_owner_s_right_one_is_taken(gendarme, kind):
    """Somebody who knows the password types wrong codes: half a minute later the owner gets in."""
    home, device_of = an_origin(), {"totp": Authenticator, "backup": BackupSheet}[kind]
    code = gendarme.code(steps=1)
    if kind == "backup":
        code = print_codes(gendarme.account_id)[0]
    throttle.remember(gendarme.email, home)
    devices = device_of.objects.using("signin").filter(user_id=gendarme.account_id)
    for _ in range(14):
        with pytest.raises(Invalid):
            confirm_factor(an_origin(), account_id=gendarme.account_id, code="000000", kind=kind)
        devices.update(throttling_failure_timestamp=now() - timedelta(days=1))
    assert devices.get().throttling_failure_count > 0
    devices.update(throttling_failure_timestamp=now() - timedelta(seconds=30))
    assert confirm_factor(home, account_id=gendarme.account_id, code=code, kind=kind).seats


def test_right_after_a_wrong_code_the_device_refuses_all(gendarme):
    for code in ("000000", gendarme.code(steps=1)):
        with pytest.raises(Invalid):
            confirm_factor(an_origin(), account_id=gendarme.account_id, code=code)


def test_after_a_quarter_of_an_hour_one_may_try_again(gendarme, monkeypatch):
    origin = an_origin()
    guess(gendarme.email, origin, 6)
    monkeypatch.setattr(throttle, "now", lambda: now() + timedelta(minutes=15, seconds=1))
    assert sign_in(origin, email=gendarme.email, password=PASSWORD) == gendarme.account_id


def test_a_right_password_wipes_the_slate(gendarme):
    origin = an_origin()
    for _ in range(3):
        assert guess(gendarme.email, origin, 4) == [Invalid] * 4
        sign_in(origin, email=gendarme.email, password=PASSWORD)


def test_one_address_cannot_try_many_accounts():
    origin = an_origin()
    answers = [
        answer
        for number in range(throttle.ADDRESS_LIMIT + 3)
        for answer in guess(f"inconnue{number}@essais.exemple", origin, 1)
    ]
    assert answers == [Invalid] * throttle.ADDRESS_LIMIT + [Wait] * 3


def test_many_addresses_cannot_try_one_account_quickly(gendarme):
    answers = [
        answer
        for _ in range(throttle.ACCOUNT_LIMIT + 3)
        for answer in guess(gendarme.email, an_origin(), 1)
    ]
    assert answers == [Invalid] * throttle.ACCOUNT_LIMIT + [Wait] * 3


def test_the_owner_at_a_known_address_is_not_slowed_down_by_that(gendarme):
    home = an_origin()
    account = sign_in(home, email=gendarme.email, password=PASSWORD)
    confirm_factor(home, account_id=account, code=gendarme.code())
    for _ in range(throttle.ACCOUNT_LIMIT + 3):
        guess(gendarme.email, an_origin(), 1)
    with pytest.raises(Wait):
        sign_in(an_origin(), email=gendarme.email, password=PASSWORD)
    assert sign_in(home, email=gendarme.email, password=PASSWORD) == gendarme.account_id


def test_after_the_pause_a_new_address_may_try_once(gendarme, monkeypatch):
    for _ in range(throttle.ACCOUNT_LIMIT):
        guess(gendarme.email, an_origin(), 1)
    monkeypatch.setattr(throttle, "now", lambda: now() + throttle.ACCOUNT_PAUSE)
    assert guess(gendarme.email, an_origin(), 1) == [Invalid]
    assert guess(gendarme.email, an_origin(), 1) == [Wait]


def test_tries_at_the_same_moment_are_all_counted(gendarme):
    """All of them wait for one counter, so that none has been counted when the others look."""
    origin = an_origin()
    guess(gendarme.email, origin, 1)
    results = at_once(
        "SELECT 1 FROM agencies_attempt WHERE key = %s FOR UPDATE",
        throttle.turn_of("password", gendarme.email, origin).pair,
        acts=[lambda: sign_in(origin, email=gendarme.email, password=WRONG)] * 15,
    )
    kinds = sorted(type(result).__name__ for result in results)
    assert kinds == ["Invalid"] * 4 + ["Wait"] * 11


def test_sixteen_uses_of_one_code_at_the_same_moment_let_exactly_one_in(gendarme):
    code = gendarme.code()
    results = at_the_same_moment(
        16, lambda _: confirm_factor(an_origin(), account_id=gendarme.account_id, code=code)
    )
    accepted = [result for result in results if not isinstance(result, Invalid | Wait)]
    assert len(accepted) == 1
    assert accepted[0].account_id == gendarme.account_id


def test_five_wrong_codes_close_the_door_too(gendarme):
    origin = an_origin()
    for _ in range(5):
        with pytest.raises(Invalid):
            confirm_factor(origin, account_id=gendarme.account_id, code="x")
    with pytest.raises(Wait):
        confirm_factor(origin, account_id=gendarme.account_id, code=gendarme.code())


def test_addresses_of_one_ipv6_subscriber_count_as_one():
    assert an_origin("2001:db8::1").network == an_origin("2001:db8::ffff").network
    assert an_origin("2001:db8:0:1::1").network != an_origin("2001:db8::1").network
    assert an_origin("::ffff:192.0.2.1").network == an_origin("192.0.2.1").network


def test_the_counters_name_neither_accounts_nor_addresses(gendarme):
    address = an_address()
    guess(gendarme.email, an_origin(address), 1)
    for row in Attempt.objects.using("signin").all():
        assert len(bytes(row.key)) == 32
        assert gendarme.email.encode() not in bytes(row.key)


def test_old_counters_are_swept_away_and_known_addresses_kept(gendarme, monkeypatch):
    home = an_origin()
    account = sign_in(home, email=gendarme.email, password=PASSWORD)
    confirm_factor(home, account_id=account, code=gendarme.code())
    guess("inconnue-balayee@essais.exemple", an_origin(), 1)
    before = Attempt.objects.using("signin").count()
    later = now() + timedelta(hours=2)
    monkeypatch.setattr(tidy, "now", lambda: later)
    for _ in range(before // tidy.AT_ONCE + 1):
        tidy.tidy()
    left = Attempt.objects.using("signin").filter(known_until=None)
    assert not left.filter(window_ends__lt=later - 4 * throttle.WINDOW).exists()
    assert Attempt.objects.using("signin").filter(known_until__gt=later).exists()
