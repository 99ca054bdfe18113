"""The page and the API of what is kept: who finds them, what they show, what they leave behind."""

import pytest
from django.test import Client

from audit.keeping.services.purging import propose
from kernel.scope import acting_as
from tests.audit.keeping.ageing import INSERT, ORDINARY, months_ago
from tests.support.world import World

pytestmark = pytest.mark.database

PAGE, API = "/journal/conservation/", "/api/v1/audit/"
STRANGERS = ("pilot", "coordinator", "prosecutor", "gendarme")


@pytest.fixture(scope="module")
def world(database, owner_of_everything):
    """A cell with thirty entries that are fourteen months old."""
    made = World()
    at, actor = months_ago(14), made.coordinator.viewer.account_id
    owner_of_everything.execute(INSERT, [at, made.cell.pk, ORDINARY, actor, None, 30])
    return made


@pytest.fixture(autouse=True)
def _nothing_open(world, owner_of_everything):
    yield
    for statement in (
        "UPDATE audit_purge SET state = 'withdrawn' WHERE cell_id = %s",
        "UPDATE audit_hold SET lifted_by = placed_by, lifted_at = now()"
        " WHERE cell_id = %s AND lifted_at IS NULL",
    ):
        owner_of_everything.execute(statement, [world.cell.pk])


def kinds(connection, world):
    rows = connection.execute(
        "SELECT kind FROM audit_entry WHERE cell_id = %s AND kind LIKE 'keeping.%%'"
        " AND outcome = 'done' ORDER BY id DESC LIMIT 2",
        [world.cell.pk],
    )
    return [kind.removeprefix("keeping.") for (kind,) in rows]


def page(seat) -> dict[str, object]:
    answer = seat.browser.get(PAGE)
    assert answer.status_code == 200
    return answer.context


def call(seat, path, **body):
    return seat.browser.post(f"{API}{path}/", body, content_type="application/json")


def test_for_whoever_does_not_answer_for_it_nothing_of_it_exists(world):
    for who in STRANGERS:
        browser: Client = getattr(world, who).browser
        assert browser.get(PAGE).content == browser.get("/journal/rien/").content
        assert browser.get(f"{API}keeping/").status_code == 404
        for act in ("proposer", "signer", "retirer", "imposer", "lever"):
            assert browser.post(f"{PAGE}{act}/").status_code == 404
    for act in ("proposer", "retirer", "imposer", "lever"):
        assert world.cell_admin.browser.post(f"{PAGE}{act}/").status_code == 404


def test_one_person_proposes_and_another_signs(world, owner_of_everything):
    auditor, admin = world.auditor, world.cell_admin
    shown = page(auditor)
    assert (shown["preview"].due, shown["preview"].held, shown["open"]) == (30, 0, None)
    assert auditor.browser.post(f"{PAGE}proposer/").status_code == 302
    mine, theirs = page(auditor)["open"], page(admin)["open"]
    assert (mine["may_sign"], mine["may_withdraw"]) == (False, True)
    assert (theirs["may_sign"], theirs["may_withdraw"]) == (True, False)
    which = {"which": mine["purge"].id}
    assert auditor.browser.post(f"{PAGE}proposer/").status_code == 409
    assert auditor.browser.post(f"{PAGE}signer/", which).status_code == 403
    assert admin.browser.post(f"{PAGE}signer/", which).status_code == 302
    assert page(admin)["open"]["purge"].state == "signed"
    assert auditor.browser.post(f"{PAGE}retirer/", which).status_code == 409
    assert kinds(owner_of_everything, world) == ["signed", "proposed"]


def test_a_proposal_is_withdrawn(world, owner_of_everything):
    world.auditor.browser.post(f"{PAGE}proposer/")
    which = {"which": page(world.auditor)["open"]["purge"].id}
    assert world.auditor.browser.post(f"{PAGE}retirer/", which).status_code == 302
    assert page(world.auditor)["open"] is None
    assert kinds(owner_of_everything, world) == ["withdrawn", "proposed"]


def test_a_hold_is_placed_and_lifted(world, owner_of_everything):
    browser = world.auditor.browser
    person = str(world.coordinator.viewer.account_id)
    for wrong in (
        {},
        {"scope": "case", "reason": "judicial"},
        {"scope": "case", "dossier": "rien", "reason": "judicial"},
        {"scope": "person", "reason": "judicial"},
        {"scope": "person", "personne": "rien", "reason": "judicial"},
        {"scope": "person", "personne": person},
    ):
        assert browser.post(f"{PAGE}imposer/", wrong).status_code == 422, wrong
    typed = {"scope": "person", "personne": person, "reason": "complaint"}
    assert browser.post(f"{PAGE}imposer/", typed).status_code == 302
    shown = page(world.auditor)
    assert (shown["preview"].due, shown["preview"].held) == (0, 30)
    assert shown["holds"][0]["about"] == world.coordinator.viewer.display_name
    assert page(world.cell_admin)["holds"] == []
    assert browser.post(f"{PAGE}proposer/").status_code == 409
    which = {"which": shown["holds"][0]["hold"].id}
    assert browser.post(f"{PAGE}lever/", which).status_code == 302
    assert browser.post(f"{PAGE}lever/", which).status_code == 409
    assert kinds(owner_of_everything, world) == ["released", "held"]


def test_the_api_says_and_does_the_same(world, owner_of_everything):
    auditor, admin = world.auditor, world.cell_admin
    said = auditor.browser.get(f"{API}keeping/").json()
    assert said["months"] == {"ordinary": 12, "control": 36}
    assert [(line["kind"], line["due"]) for line in said["due"]] == [(ORDINARY, 30)]
    proposed = call(auditor, "keeping")
    assert proposed.status_code == 201
    which = proposed.json()["id"]
    assert call(auditor, "keeping/sign", which=which).status_code == 403
    assert call(admin, "keeping/withdraw", which=which).status_code == 404
    assert call(auditor, "keeping/withdraw", which=which).json()["state"] == "withdrawn"
    with acting_as(auditor.viewer) as viewer:
        which = str(propose(viewer).id)
    assert call(admin, "keeping/sign", which=which).json()["state"] == "signed"
    assert kinds(owner_of_everything, world) == ["signed", "proposed"]
    assert call(auditor, "holds", scope="cell", about=which, reason="judicial").status_code == 422
    assert call(auditor, "holds", scope="case", reason="judicial").status_code == 422
    placed = call(auditor, "holds", scope="cell", reason="inspection")
    assert placed.status_code == 201
    lifted = call(auditor, "holds/lift", which=placed.json()["id"])
    assert lifted.json()["lifted_at"] is not None
    assert kinds(owner_of_everything, world) == ["released", "held"]
