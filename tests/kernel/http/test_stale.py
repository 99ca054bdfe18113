"""Acting on what has changed meanwhile: 409, with what is different now, and nothing is done."""

from uuid import uuid4

import pytest
from django.urls import reverse

from tests.authorisation.operations import OPERATIONS
from tests.kernel.http.corpus import JSON
from tests.kernel.http.test_bad_forms import page_of

STEPS = {
    "acknowledge": {},
    "triage": {"gravity": 1, "urgency": "standard"},
}


@pytest.mark.parametrize("step", STEPS)
def test_the_api_says_what_has_changed(scene, step):
    case_id = scene.fresh("qualified")
    answer = scene.world.coordinator.browser.post(
        f"/api/v1/referrals/{case_id}/{step}/", STEPS[step] | {"version": 1}, content_type=JSON
    )
    assert answer.status_code == 409
    refused = answer.json()["error"]
    assert refused["code"] == "conflict"
    assert refused["changed"]["state"] == "Évaluée"
    assert refused["changed"]["urgency"]
    assert refused["version"] == int(refused["changed"]["version"]) > 1
    now = scene.world.coordinator.browser.get(f"/api/v1/referrals/{case_id}/").json()
    assert now["version"] == refused["version"]


def test_whoever_does_not_say_what_they_have_read_changes_nothing(scene):
    """Each order that a page sends with the version that it shows."""
    sent = [op for op in OPERATIONS if op.is_api and "version" in op.body(scene, uuid4())]
    assert len(sent) == 12
    for operation in sent:
        object_id = scene.the(operation.about)
        address = reverse(operation.name, kwargs=operation.place(object_id))
        browser = scene.world.everybody()[min(operation.may)].browser
        read = dict(operation.body(scene, object_id))
        for version in ({}, {"version": None}, {"version": 0}, {"version": "x"}):
            body = {name: value for name, value in read.items() if name != "version"} | version
            answer = browser.post(address, body, content_type=JSON)
            assert answer.status_code == 422, (operation, version)
            assert set(answer.json()["error"]["fields"]) == {"version"}
        assert scene.version_of(object_id) == read["version"]


@pytest.mark.parametrize("step", STEPS)
def test_the_page_says_what_has_changed(scene, step):
    case_id = scene.fresh("qualified")
    form = {f"{step}-{name}": str(value) for name, value in STEPS[step].items()}
    answer = scene.world.coordinator.browser.post(
        reverse(f"referrals:{step}", args=[case_id]), form | {"_version": "1"}
    )
    text = page_of(answer, 409)
    assert "Une autre personne a modifié" in text
    assert "étape « Évaluée »" in text


def test_the_current_version_passes(scene):
    case_id = scene.fresh("submitted")
    browser = scene.world.coordinator.browser
    version = browser.get(f"/api/v1/referrals/{case_id}/").json()["version"]
    body = {"gravity": 1, "urgency": "standard", "version": version}
    answer = browser.post(f"/api/v1/referrals/{case_id}/triage/", body, content_type=JSON)
    assert answer.status_code == 200
    assert answer.json()["version"] == version + 1


TWICE = [
    *("referrals:acknowledge", "referrals:triage", "referrals:activate", "referrals:resolve"),
    *("referrals:close", "referrals:finish_measure", "referrals:accept_share"),
    *("referrals:refuse_share", "referrals:revoke_share", "meetings:open", "meetings:end"),
    "meetings:cancel",
]


@pytest.mark.parametrize(
    "operation",
    [op for op in OPERATIONS if op.may and op.name in TWICE and op.method == "POST"],
    ids=str,
)
def test_a_step_that_was_taken_is_not_taken_again(scene, operation):
    """A new form, a new key, the same step: the page comes back and says so."""
    object_id = scene.fresh(operation.about)
    address = reverse(operation.name, kwargs=operation.place(object_id))
    browser = scene.world.everybody()[min(operation.may)].browser
    body = operation.body(scene, object_id)
    assert browser.post(address, body).status_code == 302
    text = page_of(browser.post(address, body), 409)
    assert "n'est plus" in text or "est déjà" in text


def test_a_refusal_shown_in_a_page_is_on_record(scene):
    """The page comes back with the reason; that it was tried is an entry all the same."""
    case_id = scene.fresh("qualified")
    address = reverse("referrals:triage", args=[case_id])
    form = {"triage-gravity": "1", "triage-urgency": "watch"}
    assert scene.world.coordinator.browser.post(address, form).status_code == 409
    journal = scene.world.auditor.browser.get(
        f"/api/v1/audit/entries/?case={case_id}&outcome=refused"
    ).json()["results"]
    assert [(line["code"], line["facts"]["operation"]) for line in journal] == [
        ("wrong_state", "referrals:triage")
    ]
