"""The demo: the same invented world however often it is loaded, and everybody can get in."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from agencies.directory import uai
from agencies.models import Account, Agency, Cell, Membership, School
from agencies.operator import ALIAS
from tests.agencies.factories import a_browser


def said(*command, **options):
    out = io.StringIO()
    call_command(*command, stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


@pytest.fixture(scope="module")
def people():
    return json.loads(said("load_demo", json=True))["people"]


def test_loading_it_again_changes_nothing(people):
    def world():
        return [
            sorted(model.objects.using(ALIAS).values_list("pk", flat=True))
            for model in (Cell, Agency, Account, Membership)
        ]

    before = world()
    assert json.loads(said("load_demo", json=True))["people"] == people
    assert world() == before


def test_everybody_gets_in_with_the_printed_password_and_code(people):
    assert len(people) == 17
    for person in people:
        browser = a_browser()
        browser.post("/connexion/", {"email": person["email"], "password": person["password"]})
        code = said("demo_code", person["email"]).strip()
        answer = browser.post("/connexion/code/", {"code": code})
        expected = "/" if len(person["agencies"]) == 1 else "/connexion/role/"
        assert answer["Location"] == expected, person["email"]


def test_a_used_code_is_not_shown_again(people):
    email = people[1]["email"]
    for _ in range(2):
        browser = a_browser()
        browser.post("/connexion/", {"email": email, "password": people[1]["password"]})
        code = said("demo_code", email).strip()
        assert browser.post("/connexion/code/", {"code": code}).status_code == 302


def test_its_schools_have_valid_codes_and_plainly_invented_addresses(people):
    schools = School.objects.filter(agency__source="démonstration, inventé")
    assert schools.filter(agency__departement_code="80").count() == 6
    for school in schools.select_related("agency"):
        assert uai.is_valid(school.uai)
        assert school.agency.email.endswith(".exemple")
        assert school.agency.commune_insee[2:].startswith("9")
    assert all(person["email"].endswith(".exemple") for person in people)


def test_its_passwords_differ_and_are_long(people):
    passwords = {person["password"] for person in people}
    assert len(passwords) == len(people)
    assert all(len(password) >= 20 for password in passwords)


@pytest.mark.parametrize("command", [("load_demo",), ("demo_code", "a@b.exemple")])
def test_there_is_no_demo_in_production(settings, command):
    settings.DEMO = False
    with pytest.raises(CommandError):
        call_command(*command)


def test_there_is_no_code_for_somebody_unknown():
    with pytest.raises(CommandError, match="inconnue"):
        call_command("demo_code", "inconnue@b.exemple")
