"""A draft: seen by its school only, kept as typed, and never silently overwritten."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from kernel.scope import acting_as
from referrals.casefile.selectors import case_list, count_in
from referrals.intake.escalation import PartyInput
from referrals.intake.services.save_draft import read_draft, save_draft
from referrals.intake.services.search_before import search_before
from referrals.models.content import PartyRole
from tests.agencies.factories import a_person
from tests.authorisation.scene import a_mark
from tests.support.escalating import form_of
from tests.support.searching import tables_holding
from tests.support.world import an_escalation, browser_of


def autosave(browser: Client, case_id, version: int, **typed: str):
    """What the page sends by itself while somebody types."""
    form = {name.replace("__", "-"): value for name, value in typed.items()}
    return browser.post(
        reverse("referrals:autosave", args=[case_id]),
        form | {"_version": str(version)},
        headers={"X-Autosave": "1"},
    )


def stored(world, case_id) -> tuple[dict[str, list[str]], int]:
    with acting_as(world.pilot.viewer) as viewer:
        _case, typed, version = read_draft(viewer, case_id)
        return typed, version


def test_each_save_has_its_number(world):
    case_id = world.draft()
    for version in (1, 2, 3):
        answer = autosave(world.pilot.browser, case_id, version, incident_reference=f"FE-{version}")
        assert answer.status_code == 200
        assert answer.json() == {"version": version + 1}
    assert stored(world, case_id) == ({"incident_reference": ["FE-3"]}, 4)


def test_a_second_tab_is_told_what_the_first_has_changed(world):
    case_id, browser = world.draft(), world.pilot.browser
    first = {"incident_reference": "FE-1", "targets__0__given_name": "Nina", "danger": "no"}
    assert autosave(browser, case_id, 1, **first).status_code == 200
    second = {"incident_reference": "FE-2", "danger": "no"}
    answer = autosave(browser, case_id, 1, **second)
    assert answer.status_code == 409
    refused = answer.json()["error"]
    assert refused["version"] == 2
    assert refused["changed"] == {
        "Numéro Faits établissement": "FE-1",
        "Élève cible 1, Prénom": "Nina",
    }
    assert stored(world, case_id)[0]["incident_reference"] == ["FE-1"]
    assert autosave(browser, case_id, refused["version"], **second).status_code == 200
    assert stored(world, case_id) == ({"incident_reference": ["FE-2"], "danger": ["no"]}, 3)


def test_without_script_the_page_shows_both_texts(world):
    case_id, browser = world.draft(), world.pilot.browser
    assert autosave(browser, case_id, 1, incident_reference="FE-de-l-autre").status_code == 200
    answer = browser.post(
        reverse("referrals:autosave", args=[case_id]),
        form_of("MIEN") | {"_version": "1", "incident_reference": "FE-le-mien"},
    )
    text = unescape(answer.content.decode())
    assert answer.status_code == 409
    assert "FE-de-l-autre" in text
    assert 'value="FE-le-mien"' in text
    assert "Insultes répétées MIEN" in text
    assert re.search(r'name="_version" value="2"', text)
    assert stored(world, case_id)[0] == {"incident_reference": ["FE-de-l-autre"]}


def test_sending_from_a_tab_that_is_behind_sends_nothing(world):
    case_id, browser = world.draft(), world.pilot.browser
    assert autosave(browser, case_id, 1, incident_reference="FE-1").status_code == 200
    address = reverse("referrals:draft", args=[case_id])
    answer = browser.post(address, form_of("MIEN") | {"_version": "1"})
    assert answer.status_code == 409
    assert "Insultes répétées MIEN" in answer.content.decode()
    with acting_as(world.coordinator.viewer) as viewer:
        assert case_list(viewer).cases == []
    answer = browser.post(address, form_of("MIEN") | {"_version": "2"})
    assert answer.status_code == 302


def test_two_people_of_one_school_write_one_draft(world):
    case_id = world.draft()
    colleague = browser_of(a_person(world.pilot.accession, "school_pilot"))
    assert autosave(world.pilot.browser, case_id, 1, incident_level="2").status_code == 200
    assert autosave(colleague, case_id, 1, incident_level="3").status_code == 409
    assert autosave(colleague, case_id, 2, incident_level="3").status_code == 200


def test_a_school_without_a_pilots_seat_does_not_write(world):
    """Somebody of the same school who is not its pilot sees no draft."""
    case_id = world.draft()
    reporter = browser_of(a_person(world.pilot.accession, "resource_team_member"))
    assert autosave(reporter, case_id, 1, danger="no").status_code == 404


@pytest.mark.parametrize("version", [0, 2, 99])
def test_a_number_that_is_not_the_current_one_is_refused(world, version):
    case_id = world.draft()
    assert autosave(world.pilot.browser, case_id, version, danger="no").status_code == 409
    assert stored(world, case_id) == ({}, 1)


def test_after_sending_there_is_nothing_left_to_save(world):
    case_id, browser = world.submitted(), world.pilot.browser
    answer = autosave(browser, case_id, 1, danger="no")
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "wrong_state"
    assert "déjà été transmise" in answer.json()["error"]["message"]
    for address in ("referrals:draft", "referrals:autosave"):
        answer = browser.post(reverse(address, args=[case_id]), form_of() | {"_version": "1"})
        assert answer.status_code == 409
        assert "déjà été transmise" in unescape(answer.content.decode())
    assert browser.get(reverse("referrals:draft", args=[case_id])).status_code == 409


def test_a_save_without_a_session_asks_to_sign_in(world):
    case_id = world.draft()
    answer = autosave(Client(), case_id, 1, danger="no")
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "sign_in_required"


def test_coordination_does_not_know_of_a_draft(world):
    case_id = world.draft()
    with acting_as(world.pilot.viewer) as viewer:
        save_draft(viewer, case_id, {"targets-0-family_name": ["Saule"]}, version=1)
        assert [case.pk for case in case_list(viewer, which="drafts").cases] == [case_id]
    for seat in (world.coordinator, world.prosecutor, world.other_pilot):
        with acting_as(seat.viewer) as viewer:
            for which in ("all", "drafts", "to_triage"):
                assert case_list(viewer, which=which).cases == []
                assert count_in(viewer, which) == 0


def test_the_search_does_not_find_what_is_not_sent(world):
    pupil = PartyInput(PartyRole.TARGET, *_identity(an_escalation()), class_group="")
    case_id = world.draft()
    with acting_as(world.pilot.viewer) as viewer:
        typed = {"targets-0-family_name": [pupil.family_name]}
        save_draft(viewer, case_id, typed, version=1)
        assert not search_before(viewer, pupil)
    world.submitted()
    with acting_as(world.other_pilot.viewer) as viewer:
        assert search_before(viewer, pupil)


def _identity(escalation):
    target = escalation.parties[0]
    return target.family_name, target.given_name, target.birth_date


def test_nothing_typed_is_in_the_tables(world):
    """Not while it is typed, not after it is sent: neither as text nor as bytes."""
    mark, case_id = a_mark(), world.draft()
    browser = world.pilot.browser
    typed = {name: value for name, value in form_of(mark).items() if isinstance(value, str)}
    answer = browser.post(
        reverse("referrals:autosave", args=[case_id]),
        typed | {"_version": "1"},
        headers={"X-Autosave": "1"},
    )
    assert answer.status_code == 200
    assert tables_holding(mark) == []
    browser.post(reverse("referrals:draft", args=[case_id]), form_of(mark) | {"_version": "2"})
    assert tables_holding(mark) == []
    page = world.coordinator.browser.get(reverse("referrals:case", args=[case_id]))
    assert mark in page.content.decode()


TYPED = [
    "Zoé d’Arc",
    "Zoe\u0301",
    "L'Haÿ-les-Roses ŒŒœ ÿ",
    "مُحَمَّد ‏(מזל) 李小龍 தமிழ்",
    "🏳️‍🌈👩🏽‍🚒",
    "\u202eabc\u202c",
    "\ufeffabc\ufffd",
    "a\u0335\u0336\u0337" * 30,
    "\t tab \r\n ligne\r\n\r\n",
    "<b>&amp;</b> \"'` {{ x }} {% y %}",
    "\\u0041 \\x41 %41 &#65;",
]


@pytest.mark.parametrize("words", TYPED, ids=lambda text: ascii(text)[:24])
def test_words_come_back_exactly_as_typed(world, words):
    case_id, browser = world.draft(), world.pilot.browser
    assert autosave(browser, case_id, 1, facts__0__narrative=words).status_code == 200
    assert stored(world, case_id)[0] == {"facts-0-narrative": [words]}
    page = browser.get(reverse("referrals:draft", args=[case_id])).content.decode()
    shown = re.search(
        r'<textarea[^>]*name="facts-0-narrative"[^>]*>\r?\n?(.*?)</textarea>', page, re.S
    )
    assert shown
    assert unescape(shown[1]).replace("\r\n", "\n") == words.replace("\r\n", "\n")


def test_a_draft_that_is_too_long_is_refused_and_the_last_one_kept(world):
    case_id, browser = world.draft(), world.pilot.browser
    assert autosave(browser, case_id, 1, facts__0__narrative="court").status_code == 200
    answer = autosave(browser, case_id, 2, facts__0__narrative="x" * 500_000)
    assert answer.status_code == 422
    assert "trop long" in answer.json()["error"]["message"]
    assert stored(world, case_id) == ({"facts-0-narrative": ["court"]}, 2)
