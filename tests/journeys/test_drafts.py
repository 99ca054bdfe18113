"""What a school types is never lost: two tabs, a session that ends, an answer that is refused."""

import secrets
from typing import Any

import pytest

from tests.journeys import acts
from tests.journeys.conftest import SitsDown
from tests.journeys.desk import Desk, until
from tests.support.world import World

pytestmark = pytest.mark.browser
STORY = "Ce qui s'est passé"


def begins(school: Desk) -> str:
    """A new draft on the screen; its address."""
    school.signs_in()
    school.page.get_by_role("button", name="Nouvelle saisine").click()
    acts.field(school.page, STORY).wait_for()
    return str(school.page.url)


def saved(page: Any) -> bool:
    """Whether the page says that everything typed is kept."""
    return bool(page.get_by_text("Enregistré à").count())


def test_the_draft_saves_itself_and_says_so(cell: World, sits_down: SitsDown) -> None:
    school = sits_down(cell.pilot, width=390)
    address = begins(school)
    acts.field(school.page, STORY).fill("Un premier récit.")
    until(school.page, lambda: saved(school.page), what="the draft is saved")
    state = school.page.get_by_text("Enregistré à")
    assert state.bounding_box()["y"] < 844, "whoever types sees that it is saved"
    school.page.goto(address)
    assert acts.field(school.page, STORY).input_value() == "Un premier récit."
    school.clean()


def test_a_second_tab_says_what_changed_and_keeps_its_text(
    cell: World, sits_down: SitsDown
) -> None:
    school = sits_down(cell.pilot, expecting=("status of 409",))
    address = begins(school)
    first, second = school.page, school.another_tab()
    second.goto(address)
    acts.field(first, STORY).fill("Écrit dans le premier onglet.")
    acts.field(first, "Nature").select_option(label="Coups, bousculades")
    until(first, lambda: saved(first), what="the first tab is saved")
    acts.field(second, STORY).fill("Écrit dans le second onglet.")
    told = second.locator("[data-autosave-conflict]")
    until(second, told.is_visible, what="the second tab is told")
    words = str(told.inner_text())
    assert "Fait relaté 1, Ce qui s'est passé" in words
    assert "Écrit dans le premier onglet." in words
    assert "Coups, bousculades" in words
    assert "facts-0" not in words
    assert acts.field(second, STORY).input_value() == "Écrit dans le second onglet."
    school.clean(second)
    second.get_by_role("button", name="Garder mon texte").click()
    until(second, lambda: saved(second), what="the second tab is saved")
    first.reload()
    assert acts.field(first, STORY).input_value() == "Écrit dans le second onglet."


def test_sending_from_an_old_tab_does_not_replace_the_other_text(
    cell: World, sits_down: SitsDown
) -> None:
    mark = secrets.token_hex(4)
    school = sits_down(cell.pilot, expecting=("status of 409", "ERR_FAILED"))
    address = begins(school)
    first, second = school.page, school.another_tab()
    second.goto(address)
    acts.field(second, STORY).fill("Écrit ailleurs.")
    until(second, lambda: saved(second), what="the other tab is saved")
    first.route("**/brouillon/", lambda route: route.abort())
    acts.fills(first, mark)
    first.get_by_role("button", name="Transmettre à la cellule").click()
    acts.shows(first, "Votre texte est toujours ci-dessous")
    assert "Écrit ailleurs." in first.get_by_role("main").inner_text()
    assert mark in acts.field(first, STORY).input_value()
    assert acts.field(first, "Nature").input_value() == "verbal"
    school.clean(first)
    first.get_by_role("button", name="Transmettre à la cellule").click()
    assert acts.reference_of(first)


def test_the_text_outlives_the_session(cell: World, sits_down: SitsDown) -> None:
    school = sits_down(cell.pilot, expecting=("status of 403",))
    begins(school)
    page, other = school.page, school.another_tab()
    other.goto(school.origin + "/")
    other.get_by_role("button", name="Se déconnecter").click()
    other.get_by_role("heading", level=1).wait_for()
    acts.field(page, STORY).fill("Écrit pendant que la session prenait fin.")
    acts.shows(page, "votre session a pris fin")
    assert acts.field(page, STORY).input_value() == "Écrit pendant que la session prenait fin."
    school.signs_in(other, steps=1)
    page.bring_to_front()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    until(page, lambda: saved(page), what="the text is saved in the new session")


def test_refused_answers_are_named_and_nothing_typed_is_lost(
    cell: World, sits_down: SitsDown
) -> None:
    school = sits_down(cell.pilot, width=390, expecting=("status of 422",))
    begins(school)
    page = school.page
    acts.field(page, STORY).fill("Seul le récit est écrit.")
    page.get_by_role("button", name="Transmettre à la cellule").click()
    summary = page.locator("[data-error-summary]")
    summary.wait_for()
    assert "danger immédiat" in summary.inner_text()
    assert acts.field(page, STORY).input_value() == "Seul le récit est écrit."
    assert page.title().startswith("Erreur")
    school.clean()
    summary.get_by_role("link").first.click()
    assert page.evaluate("document.activeElement.name") == "danger"


def test_danger_shows_the_numbers_to_call_first(cell: World, sits_down: SitsDown) -> None:
    school = sits_down(cell.pilot, width=390)
    begins(school)
    page = school.page
    numbers = page.get_by_role("link", name="17")
    assert numbers.count() == 0 or not numbers.first.is_visible()
    acts.ticks(page.get_by_role("radiogroup", name="danger immédiat"), "Oui")
    until(page, lambda: numbers.first.is_visible(), what="the numbers are shown")
    assert numbers.first.get_attribute("href") == "tel:17"
    school.clean()
