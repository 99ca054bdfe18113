"""Requests that no browser of ours sends: too long, unreadable, forged, to addresses made up."""

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from tests.agencies.factories import a_browser
from tests.authorisation.operations import OPERATIONS, PUBLIC
from tests.kernel.http.corpus import JSON, MEGABYTE
from tests.kernel.http.test_bad_forms import page_of
from tests.support.cells import pairs, parts, some
from tests.support.searching import fingerprint

pytestmark = pytest.mark.table

POSTS = [op for op in OPERATIONS if op.method == "POST"]
PAGES = [op for op in POSTS if not op.is_api]
LOOKED_AT = [op for op in OPERATIONS if op.method == "GET"]
LINKS = {"agencies:join": {"token": "x" * 43}, "agencies:replace_link": {"token": "x" * 43}}


def address_of(scene, operation) -> str:
    about = scene.the(operation.about) if operation.about else uuid4()
    return reverse(operation.name, kwargs=operation.place(about))


def asker(operation) -> str:
    """The seat that asks: one that may, where anybody may."""
    return min(operation.may, default="pilot")


def browser_for(scene, operation) -> Client:
    return scene.world.everybody()[asker(operation)].browser


def copy_of(browser: Client, **options: bool) -> Client:
    """Another browser with the same session, whose cookies are its own to lose."""
    copied = Client(**options)
    for name, morsel in browser.cookies.items():
        copied.cookies[name] = morsel.value
    return copied


@pytest.fixture(autouse=True, scope="module")
def _nothing_changes(scene):
    before = fingerprint()
    yield
    after = fingerprint()
    own = ("django_session", "agencies_", "kernel_unit", "kernel_seat", "kernel_kept_act", "otp_")
    changed = {name for name in before if before[name] != after[name]}
    assert {name for name in changed if not name.startswith(own)} == set()


def test_without_the_token_of_the_form_nothing_happens(scene, cells):
    """A form of another site carries the cookie and not the token: each of them in every run."""
    for operation in POSTS:
        with cells.cell(operation):
            _nothing_happens(scene, operation)


def _nothing_happens(scene, operation):
    strict = copy_of(browser_for(scene, operation), enforce_csrf_checks=True)
    object_id = scene.the(operation.about) if operation.about else uuid4()
    body = operation.body(scene, object_id)
    if operation.is_api:
        response = strict.post(address_of(scene, operation), body, content_type=JSON)
        assert response.status_code == 403, response.content
        assert response.json()["error"]["code"] == "csrf_failed"
    else:
        text = page_of(strict.post(address_of(scene, operation), body), 403)
        assert "formulaire" in text
    forged = {"X-CSRFToken": "a" * 64}
    strict.cookies["csrftoken"] = "b" * 32
    response = strict.post(address_of(scene, operation), body, headers=forged)
    assert response.status_code in (403, 415)


def test_a_long_form_is_too_long(scene, cells):
    long = {"text": "x" * (MEGABYTE + 1)}
    urlencoded = "application/x-www-form-urlencoded"
    for operation in some("long forms", PAGES, 20):
        with cells.cell(operation):
            address = address_of(scene, operation)
            browser = copy_of(browser_for(scene, operation), enforce_csrf_checks=True)
            browser.cookies["csrftoken"] = "b" * 32
            response = browser.post(address, f"text={long['text']}", content_type=urlencoded)
            assert "trop longue" in page_of(response, 413)
            assert "trop longue" in page_of(browser.post(address, long), 413)


NO_FORMS = [
    ("multipart/form-data", b"--x\r\n"),
    ("multipart/form-data; boundary=" + "x" * 300, b"--x\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: nothing\r\n\r\n\x00"),
    ("multipart/form-data; boundary=\xe9", b"--x"),
    ("application/x-www-form-urlencoded; charset=utf-16", b"a=1"),
    ("application/x-www-form-urlencoded; charset=rot13", b"a=1"),
    ("application/x-www-form-urlencoded", b"&".join(b"k%d=1" % n for n in range(1500))),
    ("application/x-www-form-urlencoded", b"a=%ff%fe%00&%00=1&=&&;"),
    ("application/json", b'{"_version": 1}'),
    ("text/plain", b"x"),
    ("", b"x"),
]


def test_a_body_that_is_no_form_is_refused(scene, cells):
    with_fields = [op for op in PAGES if op.answers != 200 and op.body(scene, uuid4())]
    for operation, (content_type, body) in pairs("no forms", with_fields, NO_FORMS):
        with cells.cell(operation, content_type, body[:40]):
            browser, address = browser_for(scene, operation), address_of(scene, operation)
            response = browser.generic("POST", address, body, content_type=content_type)
            if operation.name == "referrals:autosave":
                assert response.status_code in (400, 409), response.status_code
                continue
            assert response.status_code in (400, 409, 422), response.status_code
            text = page_of(response, response.status_code)
            assert re.search(r"[éèàçêù]", text)


QUERIES = [
    "avant=abc",
    "avant=9999-12-31T23:59:59.999999-23:59_00000000-0000-0000-0000-000000000000",
    "avant=0001-01-01T00:00:00%2B23:59_00000000-0000-0000-0000-000000000000",
    "avant=2026-01-01T00:00:00%2B00:00_zzz",
    "avant=2026-01-01T00:00:00_00000000-0000-0000-0000-000000000000",
    "avant=2026-W01-1T00:00:00%2B00:00_00000000000000000000000000000000",
    "avant=%00",
    "avant=%ff%fe",
    "avant=" + "9" * 3000,
    "avant=1.1.1&avant=2",
    "avant=99999999999999999999.99999999999999999999.99999999999999999999",
    "avant=-1.-1.-1",
    "before=abc",
    "before=%00",
    "before=9999-12-31T23:59:59-23:59_00000000-0000-0000-0000-000000000000",
    "before=99999999999999999999.99999999999999999999.99999999999999999999",
    "etat=zzz",
    "etat=%00",
    "etat=all&etat=drafts",
    "etat[]=all",
    "filter=zzz",
    "filter=%00",
    "filter[$ne]=1",
    "du=0001-01-01",
    "au=9999-12-31",
    "du=9999-12-31&au=9999-12-31",
    "du=0000-00-00&au=zzz",
    "dossier=%00",
    "dossier=" + "x" * 5000,
    "personne=%00",
    "personne=zzz",
    "evenement=zzz",
    "resultat=zzz",
    "since=0001-01-01T00:00:00%2B14:00",
    "until=9999-12-31T23:59:59-14:00",
    "since=zzz",
    "case=zzz",
    "actor=%00",
    "kind=%00",
    "outcome=zzz",
    "ordering=password",
    "case__school_name__startswith=A",
    "page=-1&limit=1000000000",
    "format=xml",
    "next=//ailleurs.exemple/",
    "next=%00",
    "&".join(f"k{n}=1" for n in range(2000)),
    "%",
    "=",
    "%F0%28%8C%28=%ED%A0%80",
]


@pytest.mark.parametrize("part", parts())
def test_a_made_up_question_is_no_crash(scene, cells, part):
    """Answered as if it were not there, or refused with a sentence."""
    lists = [operation for operation in LOOKED_AT if not operation.about]
    for operation, query in pairs("questions", lists, QUERIES, times=2)[part :: len(parts())]:
        with cells.cell(operation, query[:60]):
            address = f"{address_of(scene, operation)}?{query}"
            response = browser_for(scene, operation).get(address)
            expected = {operation.expects(asker(operation)), 302, 400, 404, 422}
            assert response.status_code in expected
            if response.status_code in (400, 422):
                assert re.search(r"[éèàçêù]", response.content.decode())


def test_a_made_up_question_changes_nothing_for_whoever_is_not_signed_in(cells):
    for name, query in pairs("public questions", list(PUBLIC), QUERIES):
        with cells.cell(name, query[:60]):
            address = reverse(name, kwargs=LINKS.get(name))
            usual = a_browser().get(address).status_code
            assert usual < 500
            response = a_browser().get(f"{address}?{query}")
            assert response.status_code in (usual, 302, 400)


MADE_UP = [
    "abc",
    "0",
    "1",
    "-1",
    "00000000-0000-0000-0000-00000000000",
    "00000000-0000-0000-0000-0000000000000",
    "00000000-0000-0000-0000-00000000000G",
    "{00000000-0000-0000-0000-000000000000}",
    "00000000-0000-0000-0000-000000000000%00",
    "00000000-0000-0000-0000-000000000000%0A",
    "..%2F..%2Fetc%2Fpasswd",
    "%ED%A0%80",
    "' OR 1=1 --",
    "x" * 4000,
]


@pytest.mark.parametrize("part", parts())
def test_an_address_made_up_is_not_found(scene, cells, part):
    marker = uuid4()
    about = [operation for operation in OPERATIONS if operation.about and not operation.inside]
    for operation, identifier in pairs("addresses", about, MADE_UP)[part :: len(parts())]:
        address = reverse(operation.name, kwargs=operation.place(marker))
        address = address.replace(str(marker), identifier)
        browser = browser_for(scene, operation)
        for method in ("get", "post"):
            with cells.cell(method, address[:80]):
                response = getattr(browser, method)(address)
                assert response.status_code == 404, response.status_code
                if operation.is_api:
                    assert response.json()["error"]["code"] == "not_found"
                else:
                    page_of(response, 404)


@pytest.mark.parametrize("position", ["0", "99999999999999999999", "1e3", "-1", "%00"])
def test_a_point_that_is_none_is_not_found(scene, position):
    room = reverse("meetings:meeting", args=[scene.the("sitting")])
    response = scene.world.coordinator.browser.post(f"{room}points/{position}/")
    page_of(response, 404)


HEADERS = [
    {"Accept": "application/xml"},
    {"Accept": "nonsense; q=x"},
    {"Accept-Language": "x" * 3000},
    {"Cookie": "rempart=" + "x" * 5000},
    {"Cookie": "rempart=%00; langue=../../x"},
    {"Idempotency-Key": "x" * 100},
    {"HX-Request": "true", "HX-Target": "<script>"},
    {"X-Forwarded-For": "' OR 1=1"},
    {"X-HTTP-Method-Override": "DELETE"},
    {"Range": "bytes=0-1"},
]


def test_made_up_headers_are_no_crash(scene, cells):
    for operation, headers in pairs("headers", LOOKED_AT, HEADERS):
        with cells.cell(operation, str(headers)[:60]):
            browser = copy_of(browser_for(scene, operation))
            response = browser.get(address_of(scene, operation), headers=headers)
            expected = {operation.expects(asker(operation)), 302, 401, 404, 406}
            assert response.status_code in expected
