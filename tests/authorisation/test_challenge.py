"""Nobody passes without both factors: the answer is a challenge and never data."""

from contextlib import suppress
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import resolve, reverse
from websockets.exceptions import ConnectionClosed, InvalidStatus

from kernel.http.pages import is_open_before_charter
from kernel.live import limits
from tests.agencies.factories import a_browser, a_person
from tests.authorisation.asking import ask, everything_of, said
from tests.authorisation.expecting import BEFORE_CHARTER, WITHOUT, before_charter, challenged
from tests.authorisation.operations import OPERATIONS
from tests.authorisation.rows import Operation
from tests.support.cells import pairs, parts, some
from tests.support.ear import Ear
from tests.support.world import browser_of

pytestmark = pytest.mark.table


@pytest.fixture(scope="module")
def half_way(scene) -> Client:
    """A browser whose person has shown a password and no code."""
    browser = a_browser()
    person = scene.world.pilot.person
    page = reverse("agencies:sign_in")
    answer = browser.post(page, {"email": person.email, "password": person.password})
    assert answer.headers["Location"] == reverse("agencies:code")
    return browser


@pytest.fixture(scope="module")
def ended(scene) -> Client:
    """A browser with a cookie that no session belongs to any more."""
    browser = a_browser()
    browser.cookies["rempart"] = uuid4().hex
    return browser


@pytest.fixture(scope="module")
def before_the_choice(scene) -> Client:
    """A browser whose person has shown both factors and has not said in which place."""
    person = a_person(scene.world.pilot.accession, "school_pilot")
    person.joins(scene.world.other_pilot.accession, "school_pilot")
    browser = a_browser()
    browser.post(reverse("agencies:sign_in"), {"email": person.email, "password": person.password})
    answer = browser.post(reverse("agencies:code"), {"code": person.code()})
    assert answer.headers["Location"] == reverse("agencies:role")
    return browser


@pytest.fixture(scope="module")
def unsigned(scene) -> Client:
    """A browser signed in with both factors, whose person has not signed the charter."""
    person = a_person(None)
    person.joins(scene.world.coordinator.accession, "cell_coordinator", signs=False)
    return browser_of(person)


@pytest.fixture(scope="module")
def outside(request) -> dict[str, Client]:
    """A browser for each way of not having shown both factors."""
    named = {who: request.getfixturevalue(who) for who in WITHOUT if who != "anybody"}
    return {"anybody": a_browser(), **named}


@pytest.mark.parametrize("part", parts())
def test_without_both_factors_there_is_a_challenge(scene, outside, cells, part):
    asked = pairs("challenge", OPERATIONS, WITHOUT)
    for operation, who in asked[part :: len(parts())]:
        with cells.cell(operation, who):
            browser = a_browser() if who == "anybody" else outside[who]
            object_id = scene.the(operation.about) if operation.about else uuid4()
            for about in (object_id, uuid4()):
                response = ask(operation, scene, about, browser)
                _is_challenge(operation, response)
                leaked = [word for word in scene.secrets() if word in everything_of(response)]
                assert set(leaked) <= {str(about)}


def test_a_password_alone_opens_no_operation_at_all(scene, half_way, cells):
    """Each of them in every run: this is the one door that a stolen password finds."""
    for operation in OPERATIONS:
        with cells.cell(operation, "half_way"):
            about = scene.the(operation.about) if operation.about else uuid4()
            _is_challenge(operation, ask(operation, scene, about, half_way))


def _is_challenge(operation: Operation, response) -> None:
    if operation.is_api:
        assert response.status_code == challenged(operation), said(response)
        assert response.json()["error"]["code"] == "sign_in_required"
        assert set(response.json()) == {"error"}
    else:
        assert response.status_code == challenged(operation), said(response)
        assert response.headers["Location"].split("?")[0] == reverse("agencies:sign_in")
        assert response.content == b""


def is_open(operation: Operation) -> bool:
    """Whether somebody who has not signed the charter may ask for it."""
    match = resolve(reverse(operation.name, kwargs=operation.place(uuid4())))
    return is_open_before_charter(match.func)


def test_what_is_open_before_the_charter_is_on_the_list():
    opened = {operation.name for operation in OPERATIONS if is_open(operation)}
    assert opened == set(BEFORE_CHARTER)


def test_without_the_charter_there_is_the_charter(scene, unsigned, cells):
    for operation in OPERATIONS:
        object_id = scene.the(operation.about) if operation.about else uuid4()
        for asked in some(f"charter {operation}", [object_id, uuid4()], 1):
            with cells.cell(operation, "unsigned"):
                _is_the_charter(scene, operation, ask(operation, scene, asked, unsigned), asked)


def _is_the_charter(scene, operation: Operation, response, asked) -> None:
    said_of_others = [word for word in scene.secrets() if word in everything_of(response)]
    assert set(said_of_others) <= {str(asked), scene.world.coordinator.accession.agency.name}
    if before_charter(operation) is None:
        assert scene.mark not in everything_of(response)
        return
    assert response.status_code == before_charter(operation), said(response)
    if operation.is_api:
        assert response.json()["error"]["code"] == "charter_unsigned"
    else:
        assert response.headers["Location"].split("?")[0] == reverse("agencies:charter")
        assert response.content == b""


@pytest.mark.parametrize("who", ["anybody", "half_way", "before_the_choice", "ended", "unsigned"])
def test_a_socket_says_nothing_but_the_challenge(request, scene, server, who):
    """The one consumer there is; every other address is refused before the handshake."""
    browser = a_browser() if who == "anybody" else request.getfixturevalue(who)
    cookie = browser.cookies.get("rempart")
    ear = Ear(server, cookie.value if cookie else None)
    with suppress(ConnectionClosed):
        ear.say(type="watch", room=f"case:{scene.the('activated')}", last_seq=0)
    assert ear.until_closed() == limits.SIGN_IN
    assert ear.frames == []


def test_there_is_one_socket_address(scene, server):
    key = scene.world.coordinator.browser.cookies["rempart"].value
    for path in ("autre/", "?room=1", "../api/"):
        with pytest.raises(InvalidStatus) as refused:
            Ear(server, key, path=path)
        assert refused.value.response.status_code == 403


def test_a_part_of_a_page_sends_the_whole_page_to_sign_in(scene):
    """htmx would put the sign-in page into the middle of what somebody reads."""
    address = reverse("referrals:case", args=[scene.the("activated")])
    response = a_browser().get(address, headers={"HX-Request": "true"})
    assert response.status_code == 401
    assert response.headers["HX-Redirect"] == reverse("agencies:sign_in")
    assert response.content == b""
