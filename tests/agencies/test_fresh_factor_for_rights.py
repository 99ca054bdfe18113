"""Whatever changes rights or factors asks first for a factor shown minutes ago, page by page."""

import pytest
from django.urls import reverse

from tests.authorisation.asking import ask
from tests.authorisation.operations import OPERATIONS
from tests.authorisation.scene import Scene
from tests.support.world import stale

CONFIRM = reverse("agencies:confirm")
BY_THE_ADMINISTRATION = """
    agencies:invite agencies:change_roles agencies:send_again agencies:confirm_invitation
    agencies:refuse_invitation agencies:confirm_change agencies:refuse_change agencies:end_person
    agencies:end_agency agencies:confirm_cover agencies:cell_accession agencies:link_replacement
    agencies:agree_replacement
"""
OF_ONESELF = {
    "agencies:new_totp": {"name": "Téléphone"},
    "agencies:backup_codes": {"sure": "on"},
    "agencies:ask_new_passkey": {},
}


def asks_for_a_factor(answer) -> bool:
    """Whether a page leads to where a factor is shown, or a script is told to."""
    if answer.status_code == 403:
        return answer.json()["error"]["code"] == "step_up_required"
    return answer.status_code == 303 and answer["Location"].startswith(CONFIRM)


@pytest.fixture(scope="module")
def scene(database):
    return Scene()


def test_administration_shows_a_factor_before_it_changes_rights(scene):
    admin = scene.world.cell_admin
    rows = {each.name: each for each in OPERATIONS if each.method == "POST"}
    wrong = {}
    for name in BY_THE_ADMINISTRATION.split():
        about = scene.the(rows[name].about) if rows[name].about else None
        assert admin.browser
        stale(admin.person)
        answer = ask(rows[name], scene, about, admin.browser)
        if not asks_for_a_factor(answer):
            wrong[name] = answer.status_code
    assert wrong == {}


def test_everybody_shows_a_factor_before_they_add_one(scene):
    seat = scene.world.police
    wrong = {}
    for name, body in OF_ONESELF.items():
        assert seat.browser
        stale(seat.person)
        answer = seat.browser.post(reverse(name), body)
        if not asks_for_a_factor(answer):
            wrong[name] = answer.status_code
    assert wrong == {}
