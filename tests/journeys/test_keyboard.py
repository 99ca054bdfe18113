"""With the keyboard alone: sign in, open a case, say how grave and how urgent it is."""

from typing import Any

import pytest

from tests.journeys.conftest import Apart, SitsDown
from tests.journeys.desk import until
from tests.support.world import World

pytestmark = pytest.mark.browser
MOST_STOPS = 80
FOCUSED = """() => {
  const one = document.activeElement;
  const style = getComputedStyle(one);
  return {
    words: (one.labels?.[0]?.innerText || one.innerText || one.value || "").trim(),
    seen: one.matches(":focus-visible") && style.outlineStyle !== "none",
  };
}"""


def tabs_to(page: Any, words: str) -> None:
    """Press Tab until what reads so has the focus; the focus must be seen at every stop."""
    for _stop in range(MOST_STOPS):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        assert focused["seen"], f"the focus is not seen on « {focused['words']} »"
        if focused["words"].startswith(words):
            return
    raise AssertionError(f"« {words} » is not reached with Tab")


def test_triage_with_the_keyboard_alone(
    cell: World, sits_down: SitsDown, apart: Apart[Any]
) -> None:
    apart(cell.submitted)
    desk = sits_down(cell.coordinator)
    page, keys = desk.page, desk.page.keyboard
    desk.opens("/connexion/")
    tabs_to(page, "Adresse")
    keys.type(desk.person.email)
    tabs_to(page, "Mot de passe")
    keys.type(desk.person.password)
    keys.press("Enter")
    page.wait_for_url("**/connexion/code/")
    # The one field of the page has the focus from the first moment.
    until(page, lambda: page.evaluate("document.activeElement.name") == "code", what="the focus")
    keys.type(desk.person.code())
    keys.press("Enter")
    page.wait_for_url(desk.origin + "/")

    tabs_to(page, "Dossiers")
    keys.press("Enter")
    page.wait_for_url("**/dossiers/")
    reference = str(page.locator("main table a").first.inner_text())
    tabs_to(page, reference)
    keys.press("Enter")
    page.get_by_role("heading", level=1, name=reference).wait_for()

    tabs_to(page, "Prendre en charge")
    keys.press("Enter")
    page.get_by_text("La saisine est prise en charge").wait_for()
    tabs_to(page, "0")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    tabs_to(page, "Immédiate")
    keys.press("ArrowDown")
    tabs_to(page, "Enregistrer l'évaluation")
    keys.press("Space")
    page.get_by_text("L'évaluation est enregistrée").wait_for()
    assert "Haute" in page.get_by_role("main").inner_text()


def test_the_first_stop_leads_past_the_menu(cell: World, sits_down: SitsDown) -> None:
    desk = sits_down(cell.coordinator)
    desk.signs_in()
    tabs_to(desk.page, "Aller au contenu")
    desk.page.keyboard.press("Enter")
    assert desk.page.evaluate("document.activeElement.closest('main') !== null")
