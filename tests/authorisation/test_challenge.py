"""Nobody passes without both factors: the answer is a challenge and never data."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from tests.agencies.factories import a_browser
from tests.authorisation.asking import ask, everything_of, said
from tests.authorisation.operations import OPERATIONS, Operation

pytestmark = pytest.mark.database


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


@pytest.mark.parametrize("who", ["anybody", "half_way", "ended"])
@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_without_both_factors_there_is_a_challenge(request, scene, operation, who):
    browser = a_browser() if who == "anybody" else request.getfixturevalue(who)
    object_id = scene.the(operation.about) if operation.about else uuid4()
    for asked in (object_id, uuid4()):
        response = ask(operation, scene, asked, browser)
        _is_challenge(operation, response)
        leaked = [word for word in scene.secrets() if word in everything_of(response)]
        assert set(leaked) <= {str(asked)}


def _is_challenge(operation: Operation, response) -> None:
    if operation.is_api:
        assert response.status_code == 401, said(response)
        assert response.json()["error"]["code"] == "sign_in_required"
        assert set(response.json()) == {"error"}
    else:
        assert response.status_code == 302, said(response)
        assert response.headers["Location"].split("?")[0] == reverse("agencies:sign_in")
        assert response.content == b""


def test_a_part_of_a_page_sends_the_whole_page_to_sign_in(scene):
    """htmx would put the sign-in page into the middle of what somebody reads."""
    address = reverse("referrals:case", args=[scene.the("activated")])
    response = a_browser().get(address, headers={"HX-Request": "true"})
    assert response.status_code == 401
    assert response.headers["HX-Redirect"] == reverse("agencies:sign_in")
    assert response.content == b""
