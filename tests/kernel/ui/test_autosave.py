"""What is typed reaches the server by itself, and is never lost on the way."""

from collections.abc import Callable
from typing import Any

import pytest
from django import forms

from tests.kernel.ui.conftest import Opens
from tests.kernel.ui.site import Answer, Asked, Site, as_json
from tests.kernel.ui.waiting import sent_to, until

pytestmark = pytest.mark.browser

FORM = (
    "{% ui_form action='/recu/' version=7 autosave='/brouillon/' %}"
    "{% ui_field form.story %}{% ui_field form.place %}{% ui_autosave_state %}"
    "{% ui_button 'Transmettre' %}{% endui_form %}"
)


class Story(forms.Form):
    story = forms.CharField(label="Récit")
    place = forms.CharField(label="Lieu", required=False)


Starts = Callable[..., Any]


@pytest.fixture
def starts(opens: Opens, site: Site) -> Starts:
    """Open the form; the server answers autosaves with these, one after the other."""

    def start(*answers: Answer, **options: Any) -> Any:
        left = list(answers)

        def answer(_: Asked) -> Answer:
            return left.pop(0) if len(left) > 1 else left[0]

        site.answers["/brouillon/"] = answer
        site.answers["/recu/"] = Answer("<h1>Reçu</h1>")
        return opens(FORM, given={"form": Story()}, **options)

    return start


def state(page: Any) -> str:
    return page.locator("[data-autosave-state]").inner_text()


def test_it_saves_after_a_pause(starts: Starts, site: Site) -> None:
    page = starts(as_json({"version": 8}))
    page.get_by_label("Récit").type("Depuis la rentrée")
    until(page, lambda: state(page).startswith("Enregistré à "))
    [sent] = site.posts("/brouillon/")
    assert sent.values["story"] == ["Depuis la rentrée"]
    assert sent.values["_version"] == ["7"]
    assert "_key" not in sent.values
    assert sent.headers["x-autosave"] == "1"
    assert sent.headers["x-csrftoken"] == sent.values["csrfmiddlewaretoken"][0]


def test_the_next_save_carries_the_new_version(starts: Starts, site: Site) -> None:
    page = starts(as_json({"version": 8}), as_json({"version": 9}))
    page.get_by_label("Récit").fill("Un")
    until(page, lambda: state(page).startswith("Enregistré à "))
    page.get_by_label("Récit").fill("Deux")
    until(page, lambda: len(site.posts("/brouillon/")) == 2)
    assert site.posts("/brouillon/")[1].values["_version"] == ["8"]


def test_leaving_a_field_saves_at_once(starts: Starts, site: Site) -> None:
    page = starts(as_json({"version": 8}))
    page.get_by_label("Récit").fill("Un")
    page.get_by_label("Lieu").focus()
    until(page, lambda: site.posts("/brouillon/"), within=1)


def test_nothing_is_sent_when_nothing_changed(starts: Starts, site: Site) -> None:
    page = starts(as_json({"version": 8}))
    page.get_by_label("Récit").focus()
    page.get_by_label("Lieu").focus()
    page.wait_for_timeout(400)
    assert site.posts("/brouillon/") == []


def test_closing_the_page_saves_what_was_just_typed(starts: Starts, site: Site) -> None:
    page = starts(as_json({"version": 8}))
    page.get_by_label("Récit").fill("Vite")
    page.close(run_before_unload=False)
    other = starts(as_json({"version": 8}))
    until(other, lambda: site.posts("/brouillon/"))
    assert site.posts("/brouillon/")[0].values["story"] == ["Vite"]


def test_an_unsaved_page_asks_before_it_goes(starts: Starts) -> None:
    page = starts(as_json({}, 503), expecting=["503"])
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_label("Récit").type("Un")
    page.get_by_label("Lieu").focus()
    until(page, lambda: state(page).startswith("Non enregistré"))
    page.reload()
    assert asked == ["beforeunload"]


def test_a_saved_page_goes_without_asking(starts: Starts) -> None:
    page = starts(as_json({"version": 8}))
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_label("Récit").type("Un")
    until(page, lambda: state(page).startswith("Enregistré à "))
    page.reload()
    assert asked == []


def test_a_conflict_shows_what_changed_and_keeps_the_text(starts: Starts, site: Site) -> None:
    conflict = {"error": {"message": "Modifié.", "version": 12, "changed": {"Lieu": "Cantine"}}}
    page = starts(as_json(conflict, 409), as_json({"version": 13}), expecting=["409"])
    page.get_by_label("Récit").fill("Mon texte")
    page.get_by_text("Cantine").wait_for()
    assert page.get_by_label("Récit").input_value() == "Mon texte"
    page.get_by_role("button", name="Garder mon texte").click()
    until(page, lambda: state(page).startswith("Enregistré à "))
    assert site.posts("/brouillon/")[1].values["_version"] == ["12"]


def test_a_refusal_says_why_and_tries_other_words(starts: Starts, site: Site) -> None:
    refusal = {"error": {"message": "À corriger.", "fields": {"story": ["Trop long."]}}}
    page = starts(as_json(refusal, 422), as_json({"version": 8}), expecting=["422"])
    page.get_by_label("Récit").fill("Long")
    until(page, lambda: "Trop long." in state(page))
    page.get_by_label("Récit").fill("Court")
    until(page, lambda: state(page).startswith("Enregistré à "))


def test_without_a_connection_the_text_waits_in_the_page(starts: Starts, site: Site) -> None:
    page = starts(as_json({"version": 8}), expecting=["ERR_INTERNET_DISCONNECTED"])
    page.context.set_offline(True)
    page.get_by_label("Récit").fill("Dans le tunnel")
    until(page, lambda: "connexion perdue" in state(page))
    assert "tunnel" not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    page.context.set_offline(False)
    until(page, lambda: state(page).startswith("Enregistré à "))
    assert site.posts("/brouillon/")[-1].values["story"] == ["Dans le tunnel"]


def test_a_service_in_trouble_is_asked_again(starts: Starts, site: Site) -> None:
    page = starts(as_json({}, 503), as_json({"version": 8}), expecting=["503"])
    page.get_by_label("Récit").fill("Un")
    until(page, lambda: "ne répond pas" in state(page))
    until(page, lambda: state(page).startswith("Enregistré à "))


def test_an_ended_session_keeps_the_text_on_the_page(starts: Starts) -> None:
    to_sign_in = Answer("", 302, headers={"location": "/connexion/"})
    page = starts(to_sign_in)
    page.get_by_label("Récit").fill("Un")
    until(page, lambda: "session a pris fin" in state(page))
    assert page.get_by_label("Récit").input_value() == "Un"


def test_signing_in_again_in_another_tab_saves_what_was_typed(starts: Starts, site: Site) -> None:
    to_sign_in = Answer("", 302, headers={"location": "/connexion/"})
    page = starts(to_sign_in, as_json({"version": 8}))
    page.get_by_label("Récit").fill("Toujours là")
    until(page, lambda: "session a pris fin" in state(page))
    before = page.locator("[name=csrfmiddlewaretoken]").first.input_value()
    site.answers["/ici/"] = Answer("<input name='csrfmiddlewaretoken' value='celle-du-retour'>")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    until(page, lambda: state(page).startswith("Enregistré à "))
    sent = site.posts("/brouillon/")[-1]
    assert sent.values["story"] == ["Toujours là"]
    assert sent.headers["x-csrftoken"] == "celle-du-retour" != before


def test_a_page_from_the_old_session_takes_the_token_of_the_new_one(
    starts: Starts, site: Site
) -> None:
    page = starts(Answer("", 403), as_json({"version": 8}), expecting=["403"])
    site.answers["/ici/"] = Answer("<input name='csrfmiddlewaretoken' value='celle-du-retour'>")
    page.get_by_label("Récit").fill("Un")
    until(page, lambda: state(page).startswith("Enregistré à "))
    assert site.posts("/brouillon/")[-1].headers["x-csrftoken"] == "celle-du-retour"


def test_sending_the_form_waits_for_the_save_under_way(starts: Starts, site: Site) -> None:
    page = starts(as_json({"version": 8}, hang=0.8))
    page.get_by_label("Récit").fill("Un")
    page.get_by_label("Lieu").focus()
    until(page, lambda: site.posts("/brouillon/"))
    page.get_by_role("button", name="Transmettre").click()
    sent = sent_to(page, site, "/recu/")
    assert sent.values["_version"] == ["8"]
    assert sent.values["_key"]


def test_what_is_typed_during_a_save_is_saved_next(starts: Starts, site: Site) -> None:
    page = starts(as_json({"version": 8}, hang=0.6), as_json({"version": 9}))
    page.get_by_label("Récit").fill("Un")
    until(page, lambda: site.posts("/brouillon/"))
    page.get_by_label("Récit").fill("Un deux")
    until(page, lambda: len(site.posts("/brouillon/")) == 2)
    assert site.posts("/brouillon/")[1].values["story"] == ["Un deux"]
    assert site.posts("/brouillon/")[1].values["_version"] == ["8"]
