"""The journal through the API: the same selectors, the same rights, strict input."""

import pytest

from audit import log
from kernel.scope import acting_as
from referrals.casefile.selectors import case_file
from tests.audit.working import ids_of, seal

ENTRIES = "/api/v1/audit/entries/"


@pytest.fixture
def case_id(world):
    """A case that coordination has opened once."""
    made = world.qualified()
    with acting_as(world.coordinator.viewer) as viewer:
        case_file(viewer, made)
    return made


def test_entries_about_one_case(case_id, world):
    answer = world.auditor.browser.get(ENTRIES, {"case": case_id})
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert results
    assert {line["case"] for line in results} == {str(case_id)}
    newest = results[0]
    assert newest["kind"] == "case.read"
    assert newest["label"] == "Dossier consulté"
    assert newest["actor"] == str(world.coordinator.viewer.account_id)
    assert set(newest) == {
        *("id", "place", "at", "kind", "label", "outcome", "code", "actor", "agency", "case"),
        *("subject", "request", "channel", "facts"),
    }


def test_pages_follow_one_another(world, owner_of_everything):
    browser = world.auditor.browser
    for _ in range(60):
        browser.get(ENTRIES, {"outcome": "refused"})
    expected = ids_of(owner_of_everything, world.cell.pk)[::-1]
    seen, before = [], {}
    while before is not None:
        answer = browser.get(ENTRIES, before).json()
        seen += [line["id"] for line in answer["results"]]
        before = {"before": answer["next"]} if answer["next"] else None
    assert seen == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"case": "x"}, "case"),
        ({"actor": "1"}, "actor"),
        ({"kind": "no.such"}, "kind"),
        ({"kind": "\x00"}, "kind"),
        ({"outcome": "maybe"}, "outcome"),
        ({"since": "yesterday"}, "since"),
        ({"before": "1-2"}, "before"),
        ({"before": "99999-1-1"}, "before"),
        ({"before": "1-99999999999999999999-1"}, "before"),
        ({"unknown": "1"}, "unknown"),
    ],
)
def test_what_means_nothing_is_refused_with_its_field(query, field, world):
    answer = world.auditor.browser.get(ENTRIES, query)
    assert answer.status_code == 422
    assert field in answer.json()["error"]["fields"]


def test_a_place_beyond_the_end_is_an_empty_page(world):
    for before in ("0-0-0", "1-1-1"):
        assert world.auditor.browser.get(ENTRIES, {"before": before}).json()["results"] == []
    largest = "32767-9223372036854775807-999999999999999999"
    assert world.auditor.browser.get(ENTRIES, {"before": largest}).status_code == 200


def test_the_verification_says_what_it_found(case_id, world):
    seal(world.cell.pk)
    answer = world.auditor.browser.post("/api/v1/audit/verification/")
    assert answer.status_code == 200
    found = answer.json()
    assert (found["clean"], found["findings"]) == (True, [])
    assert found["entries"] == found["checkpoint"]["size"] >= 5


def test_the_checkpoint_is_the_signed_note(case_id, world):
    seal(world.cell.pk)
    answer = world.auditor.browser.get("/api/v1/audit/checkpoint/").json()
    with log.connect("auditor") as connection:
        stored = log.last_checkpoint(connection, world.cell.pk)
    assert (answer["size"], answer["root"], answer["note"]) == (
        stored.size,
        stored.root.hex(),
        stored.note,
    )
