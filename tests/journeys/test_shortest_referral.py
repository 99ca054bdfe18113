"""How little it takes to call the cell: what a school has to answer, and what it has to press."""

import pytest

from tests.journeys import acts
from tests.journeys.conftest import SitsDown
from tests.support.world import World

pytestmark = pytest.mark.browser
ANSWERS = 10
COUNT = """() => {
  window.answered = new Set();
  document.addEventListener("change", (event) => window.answered.add(event.target.name));
}"""


def test_ten_answers_and_two_presses_reach_the_cell(cell: World, sits_down: SitsDown) -> None:
    school = sits_down(cell.pilot, width=390)
    school.signs_in()
    page = school.page
    page.get_by_role("button", name="Nouvelle saisine").click()
    acts.field(page, "Ce qui s'est passé").wait_for()
    page.evaluate(COUNT)
    acts.fills(page, "")
    answered = page.evaluate("[...window.answered]")
    assert len(answered) <= ANSWERS, answered
    page.get_by_role("button", name="Transmettre à la cellule").click()
    reference = acts.reference_of(page)
    assert reference.count("-") == 2
    school.clean()


def test_only_what_is_needed_is_marked_as_needed(cell: World, sits_down: SitsDown) -> None:
    school = sits_down(cell.pilot)
    school.signs_in()
    school.page.get_by_role("button", name="Nouvelle saisine").click()
    acts.field(school.page, "Ce qui s'est passé").wait_for()
    marked = school.page.locator("form#escalation .required:visible").count()
    assert marked <= ANSWERS
