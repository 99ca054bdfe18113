"""People of a second cell: through every route, the first cell does not exist."""

from uuid import uuid4

import pytest

from tests.authorisation.asking import ask, everything_of, said
from tests.authorisation.expecting import ABOUT_NOTHING, ABOUT_SOMETHING, STRANGERS, abroad
from tests.support.cells import pairs, parts

pytestmark = pytest.mark.table

THE_RECORD = ("api-audit-entries", "audit:journal")


@pytest.mark.parametrize("part", parts())
def test_an_object_of_another_cell_is_what_no_object_is(scene, strangers, cells, part):
    asked = pairs("abroad", ABOUT_SOMETHING, STRANGERS, abroad)
    for operation, who in asked[part :: len(parts())]:
        with cells.cell(operation, who):
            browser = strangers.everybody()[who].browser
            real = ask(operation, scene, scene.the(operation.about), browser)
            invented = ask(operation, scene, uuid4(), browser)
            expected = abroad(operation, who)
            assert real.status_code == invented.status_code == expected, said(real)
            assert real.content == invented.content
            assert set(real.headers) == set(invented.headers)
            leaked = [word for word in scene.secrets() if word in everything_of(real)]
            assert leaked == []


@pytest.mark.parametrize("part", parts())
def test_what_is_about_no_object_holds_nothing_of_another_cell(scene, strangers, cells, part):
    asked = pairs("abroad and about nothing", ABOUT_NOTHING, STRANGERS)
    for operation, who in asked[part :: len(parts())]:
        with cells.cell(operation, who):
            response = ask(operation, scene, uuid4(), strangers.everybody()[who].browser)
            assert response.status_code == abroad(operation, who), said(response)
            leaked = {word for word in scene.secrets() if word in everything_of(response)}
            if operation.name in THE_RECORD:
                leaked -= _typed(strangers)
            assert leaked == set()


def _typed(strangers) -> set[str]:
    """The identifiers that stand in the other cell's record because its people asked for them."""
    address = "/api/v1/audit/entries/?outcome=refused"
    refused = strangers.auditor.browser.get(address).json()["results"]
    return {entry["case"] for entry in refused if entry["code"] == "not_found"}


def test_an_identifier_that_was_typed_stands_in_ones_own_record_alone(scene, strangers):
    """Whether the case exists elsewhere or nowhere, the entry is the same."""
    real, invented = scene.the("activated"), uuid4()
    for case_id in (real, invented):
        strangers.pilot.browser.get(f"/dossiers/{case_id}/")
    found = strangers.auditor.browser.get("/api/v1/audit/entries/").json()["results"][:2]
    assert [entry["case"] for entry in found] == [str(invented), str(real)]
    own = {"id", "place", "at", "case", "request"}
    newer, older = ({key: e[key] for key in e.keys() - own} for e in found)
    assert newer == older


def test_a_search_does_not_reach_into_another_cell(scene, strangers):
    body = {
        "family_name": f"Cible{scene.mark}",
        "given_name": f"Alba{scene.mark}",
        "birth_date": "2013-04-05",
    }
    at_home = scene.world.pilot.browser.post(
        "/api/v1/referrals/search/", body, content_type="application/json"
    )
    assert at_home.json()["found"] is True
    for who in ("pilot", "coordinator"):
        elsewhere = strangers.everybody()[who].browser.post(
            "/api/v1/referrals/search/", body, content_type="application/json"
        )
        assert elsewhere.json() == {"found": False, "contacts": []}
