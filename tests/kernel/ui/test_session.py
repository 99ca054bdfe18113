"""The end of an idle session is announced, and can be put off."""

import pytest

from tests.kernel.ui.conftest import Opens
from tests.kernel.ui.site import Answer, Site

pytestmark = pytest.mark.browser
SOON = {"session_idle_seconds": 121}


def test_a_person_is_warned_two_minutes_before(opens: Opens) -> None:
    page = opens("<h1>Essai</h1>", given=SOON)
    dialog = page.get_by_role("dialog", name="Votre session va se terminer")
    dialog.wait_for()
    assert "2 min" in dialog.inner_text()


def test_one_press_keeps_the_session(opens: Opens, site: Site) -> None:
    site.answers["/"] = Answer("<h1>Accueil</h1>")
    page = opens("<h1>Essai</h1>", given=SOON)
    page.get_by_role("button", name="Rester connecté").click()
    page.get_by_role("dialog").wait_for(state="hidden")
    assert [one.path for one in site.asked if one.path == "/"] == ["/"]


def test_the_page_is_asked_again_when_the_session_has_ended(opens: Opens, site: Site) -> None:
    page = opens("<h1>Essai</h1>", given={"session_idle_seconds": 2})
    site.answers["/ici/"] = Answer("<h1>Connexion</h1>")
    page.get_by_role("heading", name="Connexion").wait_for()


def test_a_person_who_is_not_signed_in_is_not_warned(opens: Opens) -> None:
    page = opens("<h1>Connexion</h1>", given={"viewer": None, "navigation": [], **SOON})
    page.wait_for_timeout(1500)
    assert page.get_by_role("dialog").count() == 0
