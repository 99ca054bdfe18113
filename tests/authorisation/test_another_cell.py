"""People of a second cell: through every route, the first cell does not exist."""

from uuid import uuid4

import pytest

from tests.authorisation.asking import ask, everything_of, said
from tests.authorisation.operations import OPERATIONS, Operation

STRANGERS = ("pilot", "coordinator", "prosecutor", "gendarme", "auditor", "cell_admin")
IN_A_DIRECTORY = "organisation"
"""Organisations are public: the administration of any cell may let one join."""
NAMED_IN_THE_BODY = {"agencies:invite": 422, "agencies:switch": 404, "api-places": 404}
"""What is sent there names an agency or a seat of the first cell, which is not theirs to choose."""
THE_RECORD = ("api-audit-entries", "audit:journal")
ABOUT_SOMETHING = [operation for operation in OPERATIONS if operation.about]
ABOUT_NOTHING = [operation for operation in OPERATIONS if not operation.about]


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize("operation", ABOUT_SOMETHING, ids=str)
def test_an_object_of_another_cell_is_what_no_object_is(scene, strangers, operation, who):
    if operation.about == IN_A_DIRECTORY and who in operation.may:
        return
    browser = strangers.everybody()[who].browser
    real = ask(operation, scene, scene.the(operation.about), browser)
    invented = ask(operation, scene, uuid4(), browser)
    assert real.status_code == invented.status_code == 404, said(real)
    assert real.content == invented.content
    assert set(real.headers) == set(invented.headers)
    leaked = [word for word in scene.secrets() if word in everything_of(real)]
    assert leaked == []


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize("operation", ABOUT_NOTHING, ids=str)
def test_what_is_about_no_object_holds_nothing_of_another_cell(scene, strangers, operation, who):
    response = ask(operation, scene, uuid4(), strangers.everybody()[who].browser)
    assert response.status_code == _own_answer(operation, who), said(response)
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


def _own_answer(operation: Operation, who: str) -> int:
    """What the same seat gets in its own cell: nothing of it is sealed yet."""
    if operation.method == "POST" and operation.name in NAMED_IN_THE_BODY and who in operation.may:
        return NAMED_IN_THE_BODY[operation.name]
    if operation.name.endswith("checkpoint") and who in operation.may:
        return 404
    return operation.expects(who)


def test_a_search_does_not_reach_into_another_cell(scene, strangers):
    body = {
        "family_name": f"Cible{scene.mark}",
        "given_name": f"Alba{scene.mark}",
        "birth_date": "2013-04-05",
    }
    at_home = scene.world.pilot.browser.post(
        "/api/v1/referrals/search/", body, content_type="application/json"
    )
    assert at_home.json() == {"found": True}
    for who in ("pilot", "coordinator"):
        elsewhere = strangers.everybody()[who].browser.post(
            "/api/v1/referrals/search/", body, content_type="application/json"
        )
        assert elsewhere.json() == {"found": False}
