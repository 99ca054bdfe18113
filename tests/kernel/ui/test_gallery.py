"""The gallery in Chromium: readable by everybody, at every width, in light and in dark."""

from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from kernel.ui.gallery import gallery
from tests.kernel.ui.conftest import NAVIGATION, PERSON, Opens, page_html

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[3]
AXE = ROOT / "platform" / "kernel" / "ui" / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SMALL = """() => [...document.querySelectorAll('a, button, input, select, textarea, summary')]
  .filter((e) => e.checkVisibility() && !e.closest('p, dd, .breadcrumb-trail, .error-summary'))
  .map((e) => e.matches('.form-check-input') ? e.closest('.form-check') : e)
  .map((e) => e.closest('.card-link') ?? e)
  .filter((e) => e.getBoundingClientRect().height < 43.5)
  .map((e) => e.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def gallery_html() -> str:
    """The page as the view answers it, with the layout of somebody who is signed in."""
    request = RequestFactory().get("/composants/")
    content = gallery(request).content.decode()
    start, end = content.index('<main id="content"'), content.index("</main>")
    whole = page_html("@here@")
    before, after = whole.split("@here@")
    return before + content[start:end].split(">", 1)[1] + after


def violations(page: Any) -> list[str]:
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "(rules) => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES
    )
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(opens: Opens, gallery_html: str, width: int, scheme: str) -> None:
    page = opens(html=gallery_html, width=width, color_scheme=scheme)
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_a_dialog(opens: Opens, gallery_html: str, scheme: str) -> None:
    page = opens(html=gallery_html, color_scheme=scheme)
    page.get_by_role("button", name="Demander un complément").click()
    assert violations(page) == []


def test_axe_finds_nothing_in_an_error_page(opens: Opens) -> None:
    page = opens(html=render_to_string("409.html", {"changed": {"Lieu": "Cour"}}), width=390)
    assert violations(page) == []


def test_axe_finds_nothing_on_a_page_without_a_person(opens: Opens) -> None:
    page = opens("<h1>Connexion</h1>", given={"viewer": None, "navigation": []}, width=390)
    assert violations(page) == []


@pytest.mark.parametrize("width", [1280, 768, 390, 320])
def test_nothing_scrolls_sideways(opens: Opens, gallery_html: str, width: int) -> None:
    page = opens(html=gallery_html, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_everything_to_press_is_big_enough_for_a_thumb(opens: Opens, gallery_html: str) -> None:
    page = opens(html=gallery_html, width=390, has_touch=True)
    assert page.evaluate(SMALL) == []


def test_focus_is_visible_wherever_it_goes(opens: Opens, gallery_html: str) -> None:
    page = opens(html=gallery_html)
    outline = """() => {
      const e = document.activeElement;
      const inside = getComputedStyle(e, '::after').outlineWidth;
      return [parseFloat(getComputedStyle(e).outlineWidth), parseFloat(inside)];
    }"""
    page.evaluate("document.activeElement.blur()")
    for _ in range(45):
        page.keyboard.press("Tab")
        where = page.evaluate("document.activeElement.outerHTML.slice(0, 100)")
        assert max(page.evaluate(outline)) >= 3, where


def test_the_page_can_be_used_without_scripts(opens: Opens, gallery_html: str) -> None:
    page = opens(html=gallery_html, width=390, java_script_enabled=False)
    assert page.get_by_role("navigation", name="Menu principal").is_visible()
    assert page.get_by_role("button", name="Se déconnecter").is_visible()
    assert page.get_by_text("Appelez d'abord", exact=True).is_visible()


def test_paper_shows_the_content_and_not_the_menu(opens: Opens, gallery_html: str) -> None:
    page = opens(html=gallery_html, color_scheme="dark")
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation", name="Menu principal").is_visible()
    assert page.get_by_text("Cellule activée").first.is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_the_layout_says_who_is_there(opens: Opens) -> None:
    page = opens("<h1>Essai</h1>", given={"viewer_role": "Coordination"})
    account = page.locator(".account-who").inner_text()
    assert PERSON.display_name in account
    assert "Coordination" in account
    current = page.locator("nav [aria-current=page]").first.inner_text()
    assert NAVIGATION[1]["label"] in current
