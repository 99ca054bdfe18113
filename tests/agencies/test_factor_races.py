"""One code, used by many at the same moment, opens one door."""

import os
import threading

import pytest
from django.db import connections

from agencies.models import Attempt, Authenticator, BackupCode
from agencies.services.backup_codes import print_codes
from agencies.services.factors import check
from agencies.services.sign_in import Wait
from kernel.errors import Invalid
from tests.agencies.factories import an_origin

AT_ONCE = 16
TRIALS = int(os.environ.get("REMPART_RACE_TRIALS", "40"))
"""REMPART_RACE_TRIALS=200 ./infra/bin/test tests/agencies/test_factor_races.py: the campaign."""


def race(account_id, kind, answers):
    """How many of so many uses at the same moment are accepted, each from an address of its own."""
    ready, results = threading.Barrier(AT_ONCE), []

    def use(answer):
        origin = an_origin()
        ready.wait()
        try:
            results.append(check(origin, account_id=account_id, kind=kind, answer=answer))
        except (Invalid, Wait) as refusal:
            results.append(refusal)

    threads = pool_of([lambda answer=answer: use(answer) for answer in answers])
    for thread in threads:
        thread.join()
    assert len(results) == AT_ONCE
    return [result for result in results if not isinstance(result, Exception)]


def pool_of(acts):
    def run(act):
        try:
            act()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    return threads


@pytest.fixture(autouse=True)
def _no_counters_from_before():
    yield
    Attempt.objects.using("signin").all().delete()


def fresh_device(person):
    """As if half a minute had passed: the last code and the failures are forgotten."""
    from tests.support.database import admin
    from tests.support.searching import database_name

    with admin(database_name()) as connection:
        connection.execute(
            "UPDATE otp_totp_totpdevice SET last_t = -1, throttling_failure_count = 0,"
            " throttling_failure_timestamp = NULL WHERE id = %s",
            [person.device.pk],
        )
        connection.execute(
            "UPDATE agencies_backup_sheet SET throttling_failure_count = 0,"
            " throttling_failure_timestamp = NULL WHERE user_id = %s",
            [person.account_id],
        )
        connection.execute("DELETE FROM agencies_attempt")


def test_one_of_sixteen_uses_of_a_code_is_accepted(gendarme):
    for trial in range(TRIALS):
        fresh_device(gendarme)
        accepted = race(gendarme.account_id, "totp", [gendarme.code()] * AT_ONCE)
        assert len(accepted) == 1, (trial, accepted)
    assert Authenticator.objects.using("signin").get(pk=gendarme.device.pk).last_t > 0


def test_one_of_sixteen_uses_of_a_backup_code_is_accepted(gendarme):
    codes: list[str] = []
    for trial in range(TRIALS):
        codes = codes or print_codes(gendarme.account_id)
        fresh_device(gendarme)
        accepted = race(gendarme.account_id, "backup", [codes.pop()] * AT_ONCE)
        assert len(accepted) == 1, (trial, accepted)
        left = BackupCode.objects.using("signin").filter(
            sheet__user_id=gendarme.account_id, used_at=None
        )
        assert left.count() == len(codes)
