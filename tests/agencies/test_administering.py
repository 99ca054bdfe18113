"""The administration of a cell: who may, what is refused, what stays on record."""

import json

import pytest
from django.urls import reverse

from agencies.models import Accession, AgencyKind, Cell, CoverFunction
from agencies.models.policy import RETENTION
from agencies.operator import ALIAS
from agencies.rules import default_rules, rules_of
from agencies.services.accede import accede, end_accession_on
from agencies.services.add_agency import add_agency
from agencies.services.add_protocol import PartyInput, add_protocol
from agencies.services.assign_communes import assign_communes
from agencies.services.set_rules import RulesInput, set_rules
from kernel.errors import Conflict, Invalid, NotFound, StepUpRequired
from kernel.scope import acting_as
from tests.agencies.factories import an_accession, an_agency
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.walls import injected, refusal
from tests.support.world import in_days, stale

pytestmark = pytest.mark.database

NOT_ADMINISTERING = ("pilot", "coordinator", "prosecutor", "gendarme", "auditor")
SIGNED = {"signatory": "La direction", "signed_on": in_days(-3)}


def rules_input(**changed):
    rules = default_rules()
    retention = {name: changed.get(name, value) for name, value in rules.retention.items()}
    hours = {key: changed.get(f"{key[0]}_{key[1]}", value) for key, value in rules.hours.items()}
    return RulesInput(rules.activation, rules.reporting, retention, hours)


def a_protocol(viewer, **changed):
    values = {
        "title": "Protocole",
        "signed_on": in_days(-3),
        "valid_from": in_days(-2),
        "valid_until": None,
        "parties": [PartyInput("Le recteur", in_days(-3), party_name="Rectorat")],
    }
    return add_protocol(viewer, **(values | changed))


ACTS = {
    "protocol": a_protocol,
    "rules": lambda viewer: set_rules(viewer, rules_input()),
    "accession": lambda viewer: accede(viewer, an_agency().pk, **SIGNED),
    "agency": lambda viewer: add_agency(
        viewer, kind=AgencyKind.HEALTH, name="Maison", commune_insee="80901", confirmed=True
    ),
    "territory": lambda viewer: assign_communes(
        viewer, function=CoverFunction.PROSECUTOR, accession_id=None, communes=["80901"]
    ),
}


def facts_of(world, kind):
    with admin(database_name()) as connection:
        rows = connection.execute(
            "SELECT payload FROM audit_entry WHERE cell_id = %s AND kind = %s ORDER BY id",
            [world.cell.pk, kind],
        ).fetchall()
    return [json.loads(bytes(payload))["facts"] for (payload,) in rows]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("who", NOT_ADMINISTERING)
def test_for_everybody_else_it_does_not_exist(world, who, act):
    with acting_as(getattr(world, who).viewer) as viewer, pytest.raises(NotFound):
        ACTS[act](viewer)


@pytest.mark.parametrize("act", ACTS)
def test_a_change_of_rights_asks_for_a_fresh_factor(world, act):
    viewer = world.cell_admin.viewer
    stale(world.cell_admin.person)
    with acting_as(viewer) as old, pytest.raises(StepUpRequired):
        ACTS[act](old)


WRITES = (
    "INSERT INTO agencies_protocol (id, cell_id, number, title, signed_on, valid_from,"
    " created_by, created_at) SELECT gen_random_uuid(), kernel.session_cell(), 7, 'x', now(),"
    " now(), kernel.session_seat(), now()",
    "INSERT INTO agencies_cellpolicy (id, cell_id, version, activation, reporting, closed_months,"
    " archive_months, not_retained_months, age_limit, log_months, created_by, created_at)"
    " SELECT gen_random_uuid(), kernel.session_cell(), 7, 'delegate', 'all', 1, 1, 1, 1, 6,"
    " kernel.session_seat(), now()",
    "INSERT INTO agencies_coverage (id, cell_id, function, commune_insee, accession_id)"
    " SELECT gen_random_uuid(), kernel.session_cell(), 'prosecutor', '80901', id"
    " FROM agencies_accession WHERE signatory = 'Le parquet'",
    "SELECT agencies.accede(gen_random_uuid(), (SELECT id FROM agencies_agency LIMIT 1),"
    " current_date, 'x', now() + interval '1 day')",
    "SELECT agencies.add_agency(gen_random_uuid(), 'health', 'x', '80901', '', '')",
    "UPDATE agencies_accession SET valid_until = now() + interval '1 day'",
)


@pytest.fixture
def office(world):
    Accession.objects.using(ALIAS).filter(pk=world.prosecutor.accession_id).update(
        signatory="Le parquet"
    )
    return world.prosecutor


@pytest.mark.parametrize("statement", WRITES)
def test_past_the_pages_only_the_administration_writes_and_with_a_fresh_factor(
    world, office, statement
):
    for who in NOT_ADMINISTERING:
        with injected(getattr(world, who)) as connection:
            assert refusal(connection, statement) in ("42501", "no row"), who
    with injected(world.cell_admin) as connection:
        assert refusal(connection, statement) not in ("42501", "no row")
    stale(world.cell_admin.person)
    with injected(world.cell_admin) as connection:
        assert refusal(connection, statement) in ("42501", "no row")


def test_an_ended_accession_is_not_ended_in_the_past_past_the_pages(world):
    with injected(world.cell_admin) as connection:
        statement = "UPDATE agencies_accession SET valid_until = now() - interval '1 day'"
        assert refusal(connection, statement) == "42501"


def test_a_service_covers_only_what_its_kind_is_for(world):
    with injected(world.cell_admin) as connection:
        statement = (
            "INSERT INTO agencies_coverage (id, cell_id, function, commune_insee, accession_id)"
            " VALUES (gen_random_uuid(), kernel.session_cell(), 'prosecutor', '80901', %s)"
        )
        assert refusal(connection, statement, world.gendarme.accession_id) == "23514"


def test_versions_are_never_changed_nor_taken_away(world):
    with acting_as(world.cell_admin.viewer) as viewer:
        a_protocol(viewer)
        set_rules(viewer, rules_input())
    for table in ("protocol", "protocolparty", "cellpolicy", "policydeadline"):
        with injected(world.cell_admin) as connection:
            assert refusal(connection, f"DELETE FROM agencies_{table}") == "42501"
            assert refusal(connection, f"UPDATE agencies_{table} SET cell_id = cell_id") == "42501"


# Protocol.


def test_each_version_follows_the_last_one_and_keeps_its_parties(world):
    agency = PartyInput("La procureure", in_days(-3), accession_id=world.prosecutor.accession_id)
    with acting_as(world.cell_admin.viewer) as viewer:
        first = a_protocol(viewer, version=0)
        second = a_protocol(viewer, version=1, parties=[agency])
        assert (first.number, second.number) == (1, 2)
        assert [party.party_name for party in first.parties.all()] == ["Rectorat"]
        assert second.parties.get().accession_id == world.prosecutor.accession_id
    assert facts_of(world, "protocol.added")[-1] == {"version": 2, "parties": 1}


def test_a_version_that_somebody_added_meanwhile_is_not_overtaken(world):
    with acting_as(world.cell_admin.viewer) as viewer:
        a_protocol(viewer, version=0, title="Premier")
        with pytest.raises(Conflict) as refused:
            a_protocol(viewer, version=0)
    assert refused.value.changed["title"] == "Premier"
    assert refused.value.version == 1


def impossible_protocols(world, elsewhere):
    here, there = world.gendarme.accession_id, elsewhere.gendarme.accession_id
    day = in_days(-3)
    return {
        "parties": [
            [],
            [PartyInput("x", day, accession_id=there)],
            [PartyInput("x", day, accession_id=here), PartyInput("y", day, accession_id=here)],
            [PartyInput("x", day)],
            [PartyInput("x", day, accession_id=here, party_name="et un nom")],
            [PartyInput("x", in_days(1), party_name="Rectorat")],
        ],
        "signed_on": [in_days(1)],
        "valid_until": [in_days(-30)],
        "title": [""],
    }


def test_an_impossible_protocol_is_refused_by_field(world, elsewhere):
    for name, values in impossible_protocols(world, elsewhere).items():
        for value in values:
            with (
                acting_as(world.cell_admin.viewer) as viewer,
                pytest.raises(Invalid) as refused,
            ):
                a_protocol(viewer, **{name: value})
            assert name in refused.value.fields or name == "title", (name, value)


# Rules.


def test_rules_are_versions_and_the_record_names_what_changed(world):
    with acting_as(world.cell_admin.viewer) as viewer:
        set_rules(viewer, rules_input(), version=0)
        set_rules(viewer, rules_input(high_meet=72, archive_months=24), version=1)
        assert rules_of(world.cell.pk).version == 2
        assert rules_of(world.cell.pk).hours_for("meet", "high") == 72
    last, first = facts_of(world, "rules.changed")[-1], default_rules().flat()
    assert last == {
        "version": 2,
        "changed": ["archive_months", "high_meet"],
        "before": [f"archive_months:{first['archive_months']}", f"high_meet:{first['high_meet']}"],
        "after": ["archive_months:24", "high_meet:72"],
    }


def test_stale_rules_are_refused_with_what_changed(world):
    with acting_as(world.cell_admin.viewer) as viewer:
        set_rules(viewer, rules_input(), version=0)
        set_rules(viewer, rules_input(high_meet=72), version=1)
        with pytest.raises(Conflict) as refused:
            set_rules(viewer, rules_input(), version=1)
    assert refused.value.changed == {"high_meet": 72}


def test_the_page_keeps_what_was_typed_when_the_rules_are_stale(world):
    address = reverse("agencies:cell_rules")
    browser = world.cell_admin.browser
    values = default_rules().flat()
    assert browser.post(address, values | {"_version": 0}).status_code == 302
    assert browser.post(address, values | {"_version": 1, "watch_meet": 99}).status_code == 302
    page = browser.post(address, values | {"_version": 1, "high_meet": 98})
    assert page.status_code == 409
    assert 'value="98"' in page.text
    assert "« 99 »" in page.text


@pytest.mark.parametrize("name", RETENTION)
def test_nothing_is_kept_longer_than_the_law_allows(world, name):
    too_long = RETENTION[name].highest + 1
    with acting_as(world.cell_admin.viewer) as viewer, pytest.raises(Invalid) as refused:
        set_rules(viewer, rules_input(**{name: too_long}))
    assert name in refused.value.fields
    with injected(world.cell_admin) as connection:
        statement = WRITES[1].replace(" 1, 1, 1, 1, 6,", f" {', '.join([str(too_long)] * 5)},")
        assert refusal(connection, statement) == "23514"


def test_the_record_is_kept_for_six_months_at_least(world):
    with acting_as(world.cell_admin.viewer) as viewer, pytest.raises(Invalid) as refused:
        set_rules(viewer, rules_input(log_months=5))
    assert set(refused.value.fields) == {"log_months"}
    with injected(world.cell_admin) as connection:
        assert refusal(connection, WRITES[1].replace(" 6,", " 5,")) == "23514"


def test_a_cell_takes_a_referral_in_hand_within_a_day_whatever_it_wants(world):
    with acting_as(world.cell_admin.viewer) as viewer, pytest.raises(Invalid) as refused:
        set_rules(viewer, rules_input(standard_acknowledge=25))
    assert "standard_acknowledge" in refused.value.fields


# Agencies.


def test_an_agency_joins_with_who_signed_and_until_when(world):
    agency = an_agency()
    with acting_as(world.cell_admin.viewer) as viewer:
        made = accede(viewer, agency.pk, until=in_days(30), **SIGNED)
        assert made.valid_until.date() >= in_days(30)
        with pytest.raises(Conflict):
            accede(viewer, agency.pk, **SIGNED)
    assert an_accession(Cell.objects.using(ALIAS).exclude(pk=world.cell.pk)[0], agency)


@pytest.mark.parametrize(
    ("name", "value"),
    [("signatory", " "), ("signed_on", in_days(1)), ("until", in_days(-1))],
)
def test_an_accession_that_cannot_be_is_refused_by_field(world, name, value):
    with acting_as(world.cell_admin.viewer) as viewer, pytest.raises(Invalid) as refused:
        accede(viewer, an_agency().pk, **(SIGNED | {name: value}))
    assert name in refused.value.fields


def test_the_last_day_is_in_the_future_and_never_that_of_ones_own_agency(world):
    with acting_as(world.cell_admin.viewer) as viewer:
        for accession_id, until in (
            (world.gendarme.accession_id, in_days(-1)),
            (world.cell_admin.accession_id, in_days(5)),
        ):
            with pytest.raises(Invalid):
                end_accession_on(viewer, accession_id, until=until)
        ended = end_accession_on(viewer, world.gendarme.accession_id, until=in_days(5))
        assert ended.valid_until > ended.valid_from


def test_an_accession_of_another_cell_does_not_exist(world, elsewhere):
    with acting_as(world.cell_admin.viewer) as viewer, pytest.raises(NotFound):
        end_accession_on(viewer, elsewhere.gendarme.accession_id, until=in_days(5))


def test_schools_are_not_invented(world):
    with acting_as(world.cell_admin.viewer) as viewer, pytest.raises(Invalid):
        add_agency(viewer, kind=AgencyKind.SCHOOL, name="Collège inventé", confirmed=True)
    with injected(world.cell_admin) as connection:
        statement = "SELECT agencies.add_agency(gen_random_uuid(), 'school', 'x', '', '', '')"
        assert refusal(connection, statement) == "42501"


def test_a_look_alike_is_named_and_can_be_confirmed(world):
    known = an_agency("health", name="Maison des adolescents de la Somme")
    an_accession(world.cell, known)
    values = {"kind": AgencyKind.HEALTH, "commune_insee": "80901"}
    with acting_as(world.cell_admin.viewer) as viewer:
        with pytest.raises(Invalid) as refused:
            add_agency(viewer, name="maison des ADOLESCENTS (Somme)", **values)
        assert known.name in str(refused.value.fields["confirmed"])
        assert add_agency(viewer, name="Maison des adolescents, Somme", confirmed=True, **values)


def test_the_directory_is_found_by_name_commune_and_code(world):
    agency = world.pilot.accession.agency
    browser, address = world.cell_admin.browser, reverse("agencies:cell_agency_search")
    for words in (agency.name, agency.name.upper(), f"valbrume {agency.name}"):
        assert agency.name in browser.get(address, {"q": words}).text
    assert "Rien ne correspond" in browser.get(address, {"q": "introuvable partout"}).text


# What the administration sees.


def test_the_overview_says_what_is_missing_until_it_is_there(world):
    browser, address = world.cell_admin.browser, reverse("agencies:cell")
    page = browser.get(address).text
    assert "Personne ne coordonne la cellule" in page
    assert "Aucun protocole en vigueur" in page
    assert world.coordinator.person
    with acting_as(world.cell_admin.viewer) as viewer:
        a_protocol(viewer)
    page = browser.get(address).text
    assert "Personne ne coordonne la cellule" not in page
    assert "Aucun protocole en vigueur" not in page


def test_no_page_of_the_administration_holds_anything_of_a_case(world):
    case_id = world.submitted(mark="MARQUE")
    names = ("cell", "cell_protocol", "cell_rules", "cell_agencies", "cell_territories")
    for name in names:
        page = world.cell_admin.browser.get(reverse(f"agencies:{name}")).text
        assert "MARQUE" not in page
        assert str(case_id) not in page


@pytest.mark.parametrize("body", [{}, {"_key": "k"}])
def test_a_form_that_did_not_arrive_whole_changes_no_last_day(world, body):
    accession = world.gendarme.accession
    until = accession.valid_until
    address = reverse("agencies:cell_accession", args=[accession.pk])
    answer = world.cell_admin.browser.post(address, body)
    assert answer.status_code == 422
    assert "pas arrivée" in answer.text
    assert Accession.objects.using(ALIAS).get(pk=accession.pk).valid_until == until
    assert world.cell_admin.browser.post(address, body | {"until": ""}).status_code == 302
