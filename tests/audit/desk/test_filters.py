"""What the journal is narrowed by: every filter holds, alone and beside the others."""

from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import connection

from audit.desk import groups
from audit.registry import kinds
from kernel.scope import acting_as
from referrals.casefile.selectors import case_file
from referrals.casefile.services.reveal import reveal
from tests.support.world import World

pytestmark = pytest.mark.database
JOURNAL, ENTRIES = "/journal/", "/api/v1/audit/entries/"


@pytest.fixture(scope="module")
def ground(database):
    """Two cases that coordination has opened; of one of them it has seen both names."""
    world = World()
    one, other = world.qualified(mark="Zibeline"), world.qualified()
    coordinator = world.coordinator.viewer
    with acting_as(coordinator) as viewer:
        case_file(viewer, one)
        case_file(viewer, other)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM referrals_party WHERE case_id = %s ORDER BY role, number", [one]
            )
            parties = [row[0] for row in cursor.fetchall()]
        for party in parties:
            reveal(viewer, party)
    world.coordinator.browser.get(JOURNAL)
    return SimpleNamespace(
        world=world, one=one, other=other, parties=parties, browser=world.auditor.browser
    )


def lines(ground, **query):
    page = ground.browser.get(JOURNAL, query)
    assert page.status_code == 200, page.context["form"].errors
    return page.context["lines"]


def kinds_of(ground, **query):
    return [line["kind"] for line in ground.browser.get(ENTRIES, query).json()["results"]]


def test_who_saw_one_name_is_asked_under_its_case(ground):
    one = str(ground.parties[0])
    found = ground.browser.get(ENTRIES, {"case": ground.one, "subject": one}).json()["results"]
    assert {line["subject"] for line in found} == {one}
    assert found[-1]["kind"] == "identity.revealed"
    page = lines(ground, dossier=str(ground.one), objet=one, nature="names")
    assert [line.number for line in page] == [found[-1]["id"]]
    assert len(lines(ground, dossier=str(ground.one), nature="names")) == len(ground.parties)


def test_names_are_chosen_by_role_and_number_and_never_said(ground):
    page = ground.browser.get(JOURNAL, {"dossier": str(ground.one)})
    named = [str(label) for _value, label in page.context["form"].fields["objet"].choices]
    assert named[1:]
    assert all(label.split()[-1].isdigit() for label in named[1:])
    assert "Élève cible 1" in named
    assert "Zibeline" not in page.content.decode()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"dossier": "{other}", "objet": "{party}"}, "objet"),
        ({"objet": "{party}"}, "dossier"),
        ({"dossier": "{one}", "objet": "x"}, "objet"),
        ({"organisme": "x"}, "organisme"),
        ({"nature": "everything"}, "nature"),
        ({"moyen": "pigeon"}, "moyen"),
    ],
)
def test_a_filter_that_means_nothing_is_told_and_nothing_typed_is_lost(query, field, ground):
    known = {"one": ground.one, "other": ground.other, "party": ground.parties[0]}
    sent = {name: value.format(**known) for name, value in query.items()} | {"du": "2026-01-02"}
    page = ground.browser.get(JOURNAL, sent)
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    assert 'value="2026-01-02"' in page.content.decode()
    if "objet" in query and field == "dossier":
        assert query["objet"].format(**known) in page.content.decode()


def test_groups_take_their_kinds_and_refusals_are_a_group_of_their_own(ground):
    assert {line.refused for line in lines(ground, nature="refusals")} == {True}
    assert set(kinds_of(ground, group="names")) == {"identity.revealed"}
    reads = kinds_of(ground, group="reads")
    assert {"case.read", "audit.read"} <= set(reads) <= set(groups.kinds_of("reads"))
    declared = {kind.name for kind in kinds()}
    for group in groups.LABELS:
        assert set(groups.kinds_of(group)) <= declared
        assert groups.kinds_of(group) or group == groups.REFUSALS


def test_filters_combine(ground):
    seat = ground.world.coordinator.viewer
    asked = {"case": ground.one, "actor": seat.account_id, "agency": seat.agency_id}
    asked |= {"group": "reads", "kind": "case.read", "outcome": "done", "channel": "page"}
    both = ground.browser.get(ENTRIES, asked).json()["results"]
    assert {(line["case"], line["kind"]) for line in both} == {(str(ground.one), "case.read")}
    for wrong in (
        {"case": ground.other, "kind": "identity.revealed"},
        {"actor": ground.world.auditor.viewer.account_id},
        {"agency": ground.world.gendarme.viewer.agency_id},
        {"group": "exports"},
        {"outcome": "refused"},
        {"channel": "token"},
        {"kind": "identity.revealed"},
        {"subject": ground.parties[0]},
    ):
        answer = ground.browser.get(ENTRIES, asked | wrong)
        assert (answer.status_code, answer.json()["results"]) == (200, []), wrong


def test_a_way_is_that_of_the_entry(ground):
    assert set(kinds_of(ground, channel="api")) == {"audit.read"}
    assert "audit.read" not in kinds_of(ground, channel="signin")


def test_the_record_says_which_filters_were_set_and_about_whom(ground):
    party = str(ground.parties[0])
    lines(ground, dossier=str(ground.one), objet=party, organisme="", moyen="page")
    newest = ground.browser.get(ENTRIES, {"kind": "audit.read"}).json()["results"][0]
    assert newest["facts"]["filters"] == ["case", "subject", "channel"]
    assert (newest["case"], newest["subject"]) == (str(ground.one), party)


def test_the_api_asks_a_subject_under_its_case(ground):
    answer = ground.browser.get(ENTRIES, {"subject": ground.parties[0]})
    assert answer.status_code == 422
    assert "case" in answer.json()["error"]["fields"]


def test_an_agency_of_another_cell_is_as_unknown_as_one_that_is_not_there(ground, elsewhere):
    stranger = elsewhere.gendarme.viewer
    told = []
    for agency in (str(stranger.agency_id), str(uuid4())):
        page = ground.browser.get(JOURNAL, {"organisme": agency})
        assert stranger.agency_name not in page.content.decode()
        choices = dict(page.context["form"].fields["organisme"].choices)
        told.append((page.status_code, choices[agency] == agency))
    assert told == [(200, True)] * 2
