"""Parts of a page to hide: drawn by mouse, moved by keyboard; the numbers are what is sent."""

from typing import Any

import pytest
from django import forms
from django.forms import formset_factory

from tests.kernel.ui.conftest import Opens
from tests.kernel.ui.site import Answer, Site
from tests.kernel.ui.test_behaviour import sent_to

pytestmark = pytest.mark.browser

PICTURE = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='400' height='500'/%3E"
)


class Zone(forms.Form):
    page = forms.IntegerField(label="Page", initial=1)
    left = forms.FloatField(label="Gauche")
    top = forms.FloatField(label="Haut")
    width = forms.FloatField(label="Largeur")
    height = forms.FloatField(label="Hauteur")


Zones = formset_factory(Zone, extra=0, can_delete=True, max_num=3)
PAGE = (
    "{% ui_form action='/recu/' %}"
    '{% ui_sheet picture "Page 1" number=1 zones="form" %}'
    '{% ui_sheet picture "Page 2" number=2 zones="form" %}'
    "{% ui_repeat zones as zone item='Zone' add='Ajouter' %}{% ui_field zone.page %}"
    "{% ui_field zone.left %}{% ui_field zone.top %}{% ui_field zone.width %}"
    "{% ui_field zone.height %}{% endui_repeat %}{% ui_button 'Envoyer' %}{% endui_form %}"
)
FIRST = {"page": 1, "left": 10.0, "top": 20.0, "width": 30.0, "height": 10.0}


def values_of(page: Any, number: int) -> list[str]:
    names = ("page", "left", "top", "width", "height")
    return [page.locator(f"[name=form-{number}-{name}]").input_value() for name in names]


def opened(opens: Opens, *zones: dict[str, Any]) -> Any:
    return opens(PAGE, given={"zones": Zones(initial=list(zones)), "picture": PICTURE})


def test_a_zone_is_drawn_with_the_mouse_and_its_numbers_are_sent(opens: Opens, site: Site) -> None:
    site.answers["/recu/"] = Answer("<h1>Reçu</h1>")
    page = opened(opens)
    area = page.locator("[data-sheet-area]").nth(1)
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    # Backwards and past the corner of the page: it ends where the page ends.
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.4)
    page.mouse.down()
    page.mouse.move(box["x"] - 40, box["y"] + box["height"] * 0.2, steps=4)
    page.mouse.up()
    number, left, top, width, height = values_of(page, 0)
    assert (number, left) == ("2", "0")
    assert abs(float(top) - 20) < 1
    assert abs(float(width) - 50) < 1
    assert abs(float(height) - 20) < 1
    page.get_by_role("button", name="Envoyer").click()
    sent = sent_to(page, site, "/recu/").values
    assert (sent["form-TOTAL_FORMS"], sent["form-0-page"]) == (["1"], ["2"])


def test_a_zone_is_added_moved_sized_and_removed_by_keyboard_alone(opens: Opens) -> None:
    page = opened(opens)
    page.get_by_role("button", name="Cacher une zone de cette page").nth(1).focus()
    page.keyboard.press("Enter")
    assert values_of(page, 0) == ["2", "30", "45", "40", "10"]
    assert page.evaluate("document.activeElement.dataset.zone") == ""
    for key in ("ArrowLeft", "ArrowDown", "Shift+ArrowRight", "Shift+ArrowUp"):
        page.keyboard.press(key)
    assert values_of(page, 0) == ["2", "29", "46", "41", "9"]
    said = page.evaluate("document.activeElement.ariaLabel")
    assert said == ("Zone 1, page 2 : 29 % à gauche, 46 % en haut, 41 % de large, 9 % de haut")
    for _press in range(60):
        page.keyboard.press("ArrowRight")
    assert values_of(page, 0)[1] == "59"
    page.keyboard.press("Delete")
    assert page.locator("[data-zone]").count() == 0
    assert page.evaluate("document.activeElement.textContent") == "Cacher une zone de cette page"


def test_what_the_numbers_say_is_shown_and_can_be_taken_by_its_corner(opens: Opens) -> None:
    page = opened(opens, FIRST)
    zone, area = page.locator("[data-zone]"), page.locator("[data-sheet-area]").first
    whole, shown = area.bounding_box(), zone.bounding_box()
    assert abs((shown["x"] - whole["x"]) / whole["width"] - 0.10) < 0.01
    page.locator("[name=form-0-left]").fill("50")
    zone.scroll_into_view_if_needed()
    whole, moved = area.bounding_box(), zone.bounding_box()
    assert abs((moved["x"] - whole["x"]) / whole["width"] - 0.50) < 0.01
    corner = page.locator("[data-zone-handle]").bounding_box()
    page.mouse.move(corner["x"] + 8, corner["y"] + 8)
    page.mouse.down()
    page.mouse.move(corner["x"] + 8, corner["y"] + 8 + whole["height"] * 0.1, steps=3)
    page.mouse.up()
    assert abs(float(values_of(page, 0)[4]) - 20) < 1
    assert values_of(page, 0)[3] == "30"


def test_without_script_there_are_the_numbers_and_nothing_that_does_nothing(opens: Opens) -> None:
    given = {"zones": Zones(initial=[FIRST]), "picture": PICTURE}
    page = opens(PAGE, given=given, java_script_enabled=False)
    assert page.locator("[name=form-0-left]").is_visible()
    assert not page.get_by_role("button", name="Cacher une zone de cette page").first.is_visible()
