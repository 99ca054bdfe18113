"""Signing in costs little beside the hash, and holds nothing while it hashes."""

from contextlib import ExitStack

from django.conf import settings
from django.db import connections
from django.utils.module_loading import import_string

from tests.agencies.factories import a_browser

MOST = 20
"""Statements of both forms together, each a round trip."""


class Watching(import_string(settings.PASSWORD_HASHERS[0])):
    """Notes which connections are in a transaction while a password is looked at."""

    open_ones: list[str] = []

    def verify(self, password, encoded):
        self.open_ones += [alias for alias in connections if connections[alias].in_atomic_block]
        self.open_ones.append("looked")
        return super().verify(password, encoded)


def test_both_forms_take_few_round_trips(gendarme):
    browser = a_browser()
    sent = []

    def counting(execute, sql, parameters, many, context):
        sent.append(sql)
        return execute(sql, parameters, many, context)

    with ExitStack() as counted:
        for alias in ("default", "side", "signin"):
            counted.enter_context(connections[alias].execute_wrapper(counting))
        browser.post("/connexion/", {"email": gendarme.email, "password": gendarme.password})
        assert browser.post("/connexion/code/", {"code": gendarme.code()}).status_code == 302
    assert len(sent) <= MOST, "\n".join(sent)


def test_no_transaction_waits_for_the_hash(gendarme, settings):
    """Neither in a fresh browser, nor in one that brings the cookie of an earlier visit."""
    settings.PASSWORD_HASHERS = [f"{__name__}.Watching"]
    browser = a_browser()
    for _ in range(2):
        Watching.open_ones.clear()
        sent = {"email": gendarme.email, "password": gendarme.password}
        assert browser.post("/connexion/", sent).status_code == 302
        assert Watching.open_ones == ["looked"]
