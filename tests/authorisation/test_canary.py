"""What a school writes is read by those who may, and by nothing that leaves."""

import pytest
from django.core import mail

from kernel.outbox.relay import drain
from tests.authorisation.asking import ask, everything_of
from tests.authorisation.expecting import SEATS
from tests.authorisation.operations import OPERATIONS
from tests.support.cells import pairs
from tests.support.searching import tables_holding

pytestmark = [pytest.mark.database, pytest.mark.table]

READS = [operation for operation in OPERATIONS if operation.method == "GET"]


def test_the_canary_sings_to_those_who_may_read(scene):
    """Otherwise its silence would prove nothing."""
    case = next(operation for operation in READS if operation.name == "referrals:case")
    for who in ("pilot", "coordinator", "prosecutor", "gendarme"):
        browser = scene.world.everybody()[who].browser
        assert scene.mark in everything_of(ask(case, scene, scene.the("activated"), browser))


def test_no_mail_carries_what_was_written(scene):
    mail.outbox.clear()
    drain()
    sent = [message.message().as_string() for message in mail.outbox]
    assert sent, "somebody is told of every case"
    for text in sent:
        assert scene.mark not in text
        assert not any(name in text for name in ("Cible", "Alba", "Organisme", "Personne"))


def test_the_database_holds_none_of_it_in_clear(scene):
    assert tables_holding(scene.mark) == []


def test_the_database_holds_what_it_is_searched_for(scene):
    """The search finds what is there: the reference of the scene's own cell."""
    assert "referrals_case" in tables_holding(f"{scene.world.cell.code}-20")


def test_lists_and_journals_carry_no_names_of_pupils(scene, cells):
    """A list shows references; names are a reveal of their own."""
    lists = [operation for operation in READS if not operation.about]
    asked = pairs("lists", lists, SEATS, lambda operation, seat: seat in operation.may, times=2)
    for operation, who in asked:
        with cells.cell(operation, who):
            response = ask(operation, scene, None, scene.world.everybody()[who].browser)
            assert scene.mark not in everything_of(response)
