"""The end of a session is announced, can be put off, and takes no words away."""

import re
from typing import Any

import pytest

from tests.kernel.ui.conftest import Opens, page_html
from tests.kernel.ui.site import Answer, Site, as_json
from tests.kernel.ui.waiting import until

pytestmark = pytest.mark.browser
OWN = "/api/v1/session/"
SEAT = "seat-1"
SOON = {"session_idle_seconds": 121, "session_person": SEAT}
FORM = (
    '{% ui_form action="/envoi/" %}<label for="a">Texte</label>'
    '<input id="a" name="a">{% ui_button "Envoyer" %}{% endui_form %}'
)


def lives(left: int, *, seat: str = SEAT, signed: bool = True) -> Answer:
    """The session is alive for so many seconds."""
    answer = as_json({"seat": seat, "charter_signed": signed})
    answer.headers = {"x-session-left": str(left)}
    return answer


def over() -> Answer:
    """There is no session any more."""
    return as_json({"error": {"code": "sign_in_required", "message": "x"}}, status=401)


def asked(site: Site, *, background: bool) -> int:
    """How often the server was asked about the session, in the background or by a person."""
    return len(
        [
            one
            for one in site.asked
            if one.path == OWN and ("x-background" in one.headers) is background
        ]
    )


def ended_with_words(opens: Opens, site: Site) -> Any:
    """A page whose session ends while a form is being filled in."""
    site.answers[OWN] = over()
    page = opens(
        FORM,
        given={"session_idle_seconds": 3, "session_person": SEAT},
        expecting=("401",),
    )
    page.get_by_label("Texte").fill("Deux entretiens")
    page.get_by_role("dialog", name="Votre session a pris fin").wait_for()
    return page


def test_a_person_is_warned_two_minutes_before_and_keeps_the_place(
    opens: Opens, site: Site
) -> None:
    site.answers[OWN] = lives(120)
    page = opens(FORM, given=SOON)
    field = page.get_by_label("Texte")
    field.focus()
    warning = page.get_by_role("dialog", name="Votre session va se terminer")
    warning.wait_for()
    assert "2 min" in warning.inner_text()
    assert page.evaluate("document.activeElement.id") == "a"
    polite = page.locator("[data-announce='polite']")
    until(page, lambda: "se termine dans" in polite.inner_text())
    said = polite.inner_text()
    page.wait_for_timeout(2500)
    assert polite.inner_text() == said


def test_a_session_that_another_tab_keeps_alive_is_not_announced(opens: Opens, site: Site) -> None:
    site.answers[OWN] = lives(900)
    page = opens("<h1>Essai</h1>", given=SOON)
    until(page, lambda: asked(site, background=True) == 1)
    page.wait_for_timeout(500)
    assert not page.get_by_role("dialog").is_visible()


def test_one_press_keeps_the_session(opens: Opens, site: Site) -> None:
    site.answers[OWN] = lives(100)
    page = opens("<h1>Essai</h1>", given=SOON)
    stay = page.get_by_role("button", name="Rester connecté")
    stay.wait_for()
    assert asked(site, background=False) == 0
    site.answers[OWN] = lives(900)
    stay.click()
    page.get_by_role("dialog").wait_for(state="hidden")
    assert asked(site, background=False) == 1


def test_what_nothing_can_put_off_is_said(opens: Opens, site: Site) -> None:
    site.answers[OWN] = lives(60)
    page = opens("<h1>Essai</h1>", given=SOON)
    page.get_by_role("button", name="Rester connecté").click()
    polite = page.locator("[data-announce='polite']")
    until(page, lambda: "durée maximale" in polite.inner_text())
    assert not page.get_by_role("button", name="Rester connecté").is_visible()


def test_without_words_the_page_is_asked_again_when_the_session_has_ended(
    opens: Opens, site: Site
) -> None:
    site.answers[OWN] = over()
    page = opens("<h1>Essai</h1>", given={"session_idle_seconds": 3}, expecting=("401",))
    site.answers["/ici/"] = Answer("<h1>Connexion</h1>")
    page.get_by_role("heading", name="Connexion").wait_for()


def test_with_words_the_page_is_covered_and_the_words_stay(opens: Opens, site: Site) -> None:
    page = ended_with_words(opens, site)
    assert not page.locator(".page").is_visible()
    assert page.input_value("#a") == "Deux entretiens"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Reprendre ici").click()
    assert page.get_by_role("dialog", name="Votre session a pris fin").is_visible()
    link = page.get_by_role("link", name="Se connecter dans un autre onglet")
    assert link.get_attribute("target") == "_blank"
    assert link.get_attribute("href") == "/connexion/"


def test_the_same_person_finds_the_words_again_under_a_new_token(opens: Opens, site: Site) -> None:
    page = ended_with_words(opens, site)
    site.answers[OWN] = lives(900)
    fresh = page_html(FORM)
    [token] = set(re.findall('name="csrfmiddlewaretoken" value="([^"]+)"', fresh))
    site.answers["/ici/"] = Answer(fresh)
    page.get_by_role("button", name="Reprendre ici").click()
    page.get_by_role("dialog").wait_for(state="hidden")
    assert page.locator(".page").is_visible()
    assert page.input_value("#a") == "Deux entretiens"
    site.answers["/envoi/"] = Answer("<h1>Envoyé</h1>")
    page.get_by_role("button", name="Envoyer").click()
    page.get_by_role("heading", name="Envoyé").wait_for()
    [sent] = site.posts("/envoi/")
    assert sent.values["a"] == ["Deux entretiens"]
    assert sent.values["csrfmiddlewaretoken"] == [token]


def test_somebody_else_does_not_find_them(opens: Opens, site: Site) -> None:
    page = ended_with_words(opens, site)
    site.answers[OWN] = lives(900, seat="seat-2")
    site.answers["/ici/"] = Answer(page_html("<h1>Autre personne</h1>"))
    page.get_by_role("button", name="Reprendre ici").click()
    page.get_by_role("heading", name="Autre personne").wait_for()
    assert "Deux entretiens" not in page.content()


def test_words_that_wait_for_a_new_charter_stay_too(opens: Opens, site: Site) -> None:
    site.answers[OWN] = lives(900, signed=False)
    room = '<div data-live-room="unit:1" data-live-seq="0"></div>' + FORM
    page = opens(room, given={"session_person": SEAT})
    page.get_by_label("Texte").fill("Deux entretiens")
    until(page, lambda: bool(site.sockets))
    site.hang_up(4403)
    page.get_by_role("dialog", name="La charte a changé").wait_for()
    link = page.get_by_role("link", name="Lire et signer dans un autre onglet")
    assert link.get_attribute("href") == "/charte/"
    assert page.input_value("#a") == "Deux entretiens"


def test_a_socket_under_a_new_key_comes_back_without_a_word(opens: Opens, site: Site) -> None:
    page = opens('<div data-live-room="unit:1" data-live-seq="0"></div>' + FORM)
    page.get_by_label("Texte").fill("Deux entretiens")
    until(page, lambda: bool(site.sockets))
    page.evaluate("window.stillTheSamePage = true")
    site.heard.clear()
    site.hang_up(4410)
    until(page, lambda: [one["type"] for one in site.heard] == ["watch"])
    assert page.evaluate("window.stillTheSamePage === true")


def test_a_person_who_is_not_signed_in_is_not_warned(opens: Opens) -> None:
    page = opens("<h1>Connexion</h1>", given={"viewer": None, "navigation": [], **SOON})
    page.wait_for_timeout(1500)
    assert page.get_by_role("dialog").count() == 0
