"""Forms that cannot be accepted: a sentence in French, and what was typed is still in the page."""

import re
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from tests.authorisation.operations import OPERATIONS, Operation
from tests.support.cells import pairs, some
from tests.support.searching import fingerprint

pytestmark = pytest.mark.table

FORMS = [op for op in OPERATIONS if not op.is_api and op.method == "POST" and op.name]
WITH_FIELDS = [
    op
    for op in FORMS
    if op.name
    in {
        *("referrals:search", "referrals:draft", "referrals:triage", "referrals:share"),
        *("referrals:measure", "referrals:resolve", "referrals:feedback"),
        *("referrals:refuse_share", "meetings:convene", "meetings:decisions"),
    }
]
DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d)?")
CODE = re.compile(r"[a-z0-9_]+")
WRONG_DATES = (
    *("2026-02-30", "2025-02-29", "0000-01-01", "99999-01-01", "demain", "31/31/2026"),
    *("0001-01-01", "9999-12-31", "2026-09-14\x00", "-1"),
)
FREE = {"given_name", "family_name", "class_group", "narrative", "note", "text", "reference"}


@pytest.fixture(autouse=True, scope="module")
def _nothing_but_the_draft_changes(scene):
    before = fingerprint()
    yield
    after = fingerprint()
    people = ("agencies_", "kernel_unit", "kernel_seat", "otp_", "kernel_period_key")
    changed = {name for name in before if before[name] != after[name]}
    assert {name for name in changed if not name.startswith(people)} <= {"referrals_draft"}


def posted(scene, operation: Operation, form: dict[str, Any], object_id=None):
    """The page that comes back to somebody who may do it."""
    object_id = object_id or (scene.the(operation.about) if operation.about else None)
    address = reverse(operation.name, kwargs=operation.place(object_id))
    if operation.name == "referrals:draft":
        form = {"_version": str(_version(scene, address)), **form}
    return scene.world.everybody()[min(operation.may)].browser.post(address, form)


def _version(scene, address: str) -> int:
    page = scene.world.pilot.browser.get(address).content.decode()
    return int(re.search(r'name="_version" value="(\d+)"', page)[1])


def page_of(response, status: int = 422) -> str:
    """The text of the page, after checking that it is one of ours, in French, without entrails."""
    text = unescape(response.content.decode())
    assert response.status_code == status, text[:3000]
    assert response.headers["Content-Type"].startswith("text/html")
    assert '<html lang="fr"' in text
    for entrail in ("Traceback", "/site-packages/", "psycopg", "Internal Server Error"):
        assert entrail not in text
    return text


def wrong_for(name: str, value: str) -> list[str]:
    """What can never stand in this field, by what stands there when it is right."""
    if any(part in name for part in FREE):
        return ["a\x00b", "x" * 20_000]
    if DATE.fullmatch(value):
        return list(WRONG_DATES)
    return ["zzz", "a\x00b", str(uuid4()), "x" * 20_000]


def right_form(scene, operation: Operation) -> dict[str, Any]:
    object_id = scene.the(operation.about) if operation.about else uuid4()
    return dict(operation.body(scene, object_id))


MANAGEMENT = re.compile(r".*-(TOTAL|INITIAL)_FORMS")
WITHOUT_MEANING = {"rights_notice_given"}


@pytest.mark.parametrize("operation", WITH_FIELDS, ids=str)
def test_a_wrong_value_comes_back_with_everything_else(scene, cells, operation):
    form = right_form(scene, operation)
    for name, value in form.items():
        if MANAGEMENT.fullmatch(name) or name in WITHOUT_MEANING:
            continue
        first = value[0] if isinstance(value, list) else value
        for wrong in some(f"{operation} {name}", wrong_for(name, first), 1):
            with cells.cell(operation, name, ascii(wrong)[:40]):
                changed = form | {name: [wrong] if isinstance(value, list) else wrong}
                text = page_of(posted(scene, operation, changed))
                _says_what_is_wrong(text)
                _keeps_what_was_typed(text, {k: v for k, v in changed.items() if k != name})


def _says_what_is_wrong(text: str) -> None:
    assert "data-error-summary" in text or 'class="errors' in text or "invalid" in text


def _keeps_what_was_typed(text: str, typed: dict[str, Any]) -> None:
    """Words and dates stand in the page; choices are still chosen."""
    for name, value in typed.items():
        if MANAGEMENT.fullmatch(name):
            continue
        for each in value if isinstance(value, list) else [value]:
            field = re.search(rf'<(input|textarea|select)[^>]*name="{re.escape(name)}"', text)
            assert field, f"{name} is not in the page"
            if any(part in name for part in FREE) or DATE.fullmatch(each):
                assert each in text, (name, each)


REQUIRED = {
    "referrals:search": {"family_name", "given_name", "birth_date"},
    "referrals:draft": {
        *("danger", "parents_informed", "targets-0-family_name", "targets-0-given_name"),
        *("facts-0-kind", "facts-0-place", "facts-0-began_on", "facts-0-source"),
        *("facts-0-narrative", "rights_notice_given", "parents_informed_on"),
    },
    "referrals:triage": {"triage-gravity", "triage-urgency"},
    "referrals:share": {
        *("share-to_accession", "share-purpose", "share-legal_basis", "share-compartments"),
        "share-level",
    },
    "referrals:measure": {"measure-kind", "measure-owner_accession", "measure-due_on"},
    "referrals:resolve": {"resolve-outcome"},
    "referrals:feedback": {"feedback-code"},
    "referrals:refuse_share": {"reason"},
    "meetings:convene": {"starts_at", "agencies"},
    "meetings:decisions": {"code", "text", "owner", "due_on"},
}


@pytest.mark.parametrize("operation", WITH_FIELDS, ids=str)
def test_a_missing_value_is_asked_for(scene, operation):
    form = right_form(scene, operation)
    for name in form:
        short = name.split("-")[-1] if operation.name == "referrals:refuse_share" else name
        if short not in REQUIRED[operation.name]:
            continue
        left = {k: v for k, v in form.items() if k != name}
        text = page_of(posted(scene, operation, left))
        _says_what_is_wrong(text)
        _keeps_what_was_typed(text, left)
        if name not in WITHOUT_MEANING:
            text = page_of(posted(scene, operation, form | {name: "   "}))
            _says_what_is_wrong(text)


@pytest.mark.parametrize("operation", WITH_FIELDS, ids=str)
def test_an_empty_form_says_what_is_missing(scene, operation):
    _says_what_is_wrong(page_of(posted(scene, operation, {})))


REFERENCES = [
    ("referrals:share", "share-to_accession"),
    ("referrals:measure", "measure-owner_accession"),
    ("meetings:convene", "agencies"),
    ("meetings:decisions", "owner"),
]


@pytest.mark.parametrize(("name", "field"), REFERENCES)
def test_a_reference_of_another_cell_is_what_an_invented_one_is(scene, abroad, name, field):
    operation = next(op for op in FORMS if op.name == name)
    texts = set()
    for reference in (str(uuid4()), str(abroad.gendarme.accession_id)):
        changed = right_form(scene, operation) | {field: reference}
        text = page_of(posted(scene, operation, changed))
        assert abroad.gendarme.accession.agency.name not in text
        texts.add(_without_tokens(text.replace(reference, "REFERENCE")))
    first, second = texts if len(texts) == 2 else (texts.pop(),) * 2
    assert first.splitlines() == second.splitlines()


def _without_tokens(text: str) -> str:
    text = re.sub(r'name="(csrfmiddlewaretoken|_key)" value="[^"]*"', "", text)
    text = re.sub(r'name="session-left-seconds" content="[0-9]*"', "", text)
    return re.sub(r'(id|for|aria-labelledby|aria-describedby)="[0-9a-f-]*"|[0-9a-f]{8}\b', "", text)


COUNTS = ["-1", "1000000000000000000000", "9" * 5000, "abc", "1.5", "", "\x00", "36"]
BLOCKS = ["targets", "presumed", "witnesses", "facts"]


def test_a_forged_count_of_blocks_is_survived(scene, cells):
    """The number of repeated blocks comes from the browser and is not believed."""
    operation = next(op for op in FORMS if op.name == "referrals:draft")
    for prefix, count in pairs("counts", BLOCKS, COUNTS):
        with cells.cell(prefix, ascii(count)[:12]):
            wrong = {f"{prefix}-TOTAL_FORMS": count, "danger": "zzz"}
            text = page_of(posted(scene, operation, right_form(scene, operation) | wrong))
            assert "Insultes répétées" in text
            assert "5e B" in text
            again = scene.world.pilot.browser.get(
                reverse(operation.name, kwargs=operation.place(scene.the("draft")))
            )
            assert again.status_code == 200


@pytest.mark.parametrize(
    "value",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{7*7}}{% debug %}", "'\";--"],
)
def test_what_was_typed_comes_back_as_text(scene, value):
    operation = next(op for op in FORMS if op.name == "referrals:draft")
    form = right_form(scene, operation) | {
        "targets-0-family_name": value,
        "facts-0-narrative": value,
        "danger": "zzz",
    }
    response = posted(scene, operation, form)
    page_of(response)
    raw = response.content.decode()
    assert "<script>alert" not in raw
    assert "<img src=x" not in raw
    assert "49" not in re.findall(r'name="targets-0-family_name"[^>]*value="([^"]*)"', raw)


@pytest.mark.parametrize("version", ["", "-1", "abc", "9" * 400, "²", "1.0", "\x00", "٣"])
def test_a_forged_version_is_no_crash(scene, version):
    for name in ("referrals:triage", "referrals:draft", "referrals:autosave"):
        operation = next(op for op in FORMS if op.name == name)
        object_id = scene.the(operation.about)
        address = reverse(operation.name, kwargs=operation.place(object_id))
        browser = scene.world.everybody()[min(operation.may)].browser
        response = browser.post(address, {"_version": version, "danger": "zzz"})
        assert response.status_code in (409, 422), response.status_code
