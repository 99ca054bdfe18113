"""Which words of a case each answer holds, for every seat: these and no others."""

import json
from html import unescape

import pytest
from django.http import HttpResponse

from tests.authorisation.asking import ask, everything_of, said
from tests.authorisation.expecting import SEATS
from tests.authorisation.fields import AT_EACH_STEP, SHOWN, WORDS, Shown, shown_to
from tests.authorisation.operations import OPERATIONS
from tests.authorisation.rows import SEEN_BY, Operation
from tests.support.cells import asks_all, dice, pairs, parts

pytestmark = pytest.mark.table

ASKS_WITH_A_BODY = ("api-parties-reveal", "api-referrals-preview", "api-referrals-within")
READS = [
    op
    for op in OPERATIONS
    if op.method == "GET" or op.name in ASKS_WITH_A_BODY or (op.answers == 200 and not op.is_api)
]
CASE_PAGES = [
    op for op in OPERATIONS if op.name in ("referrals:case", "api-referrals-detail") and op.about
]


def words_in(response: HttpResponse, mark: str) -> set[str]:
    """The fields of the scene that an answer holds, as text, as HTML and as JSON."""
    text = unescape(everything_of(response))
    if response.headers["Content-Type"] == "application/json":
        text += json.dumps(json.loads(said(response)), ensure_ascii=False)
    found = {name for name, word in WORDS.items() if word.format(mark=mark) in text}
    for name in found:
        text = text.replace(WORDS[name].format(mark=mark), "")
    return found | ({"the mark in something else"} if mark in text else set())


def test_each_row_speaks_of_an_answer_that_there_is():
    rows = {(str(op), op.about) for op in READS}
    assert {key for key in SHOWN if key not in rows} == set()
    assert set(AT_EACH_STEP) <= set(SEEN_BY)


@pytest.mark.parametrize("part", parts())
def test_an_answer_holds_the_fields_of_its_row(scene, cells, part):
    """Whoever gets nothing at all is asked by the table of routes."""
    for operation, seat in _reading()[part :: len(parts())]:
        with cells.cell(operation, operation.about, seat):
            about = scene.the(operation.about) if operation.about else None
            response = ask(operation, scene, about, scene.world.everybody()[seat].browser)
            shown: Shown = SHOWN.get((str(operation), operation.about), {})
            assert words_in(response, scene.mark) == shown_to(seat, shown)


def _reading() -> list[tuple[Operation, str]]:
    """Every answer that shows something, to everybody; the others as far as the table asks."""
    telling = [op for op in READS if (str(op), op.about) in SHOWN]
    silent = [op for op in READS if (str(op), op.about) not in SHOWN]
    return [(op, seat) for op in telling for seat in SEATS] + pairs("silent", silent, SEATS)


def test_a_case_shows_what_its_step_has(scene, cells):
    """The page and the API say the same of a case at every step, to every seat."""
    steps = list(AT_EACH_STEP) if asks_all() else dice("steps").sample(list(AT_EACH_STEP), 3)
    for operation in CASE_PAGES:
        for about in steps:
            for seat in SEATS:
                with cells.cell(operation, about, seat):
                    browser = scene.world.everybody()[seat].browser
                    response = ask(operation, scene, scene.the(about), browser)
                    seen = seat in SEEN_BY[about]
                    assert response.status_code == (200 if seen else 404)
                    if about != "draft":
                        fields = shown_to(seat, AT_EACH_STEP[about])
                        assert words_in(response, scene.mark) == fields
