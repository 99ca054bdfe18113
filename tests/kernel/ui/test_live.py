"""Parts of a page that follow a room: caught up, in order, and never over somebody's words."""

from typing import Any

import pytest

from tests.kernel.ui.conftest import Opens, page_html
from tests.kernel.ui.site import Answer, Site
from tests.kernel.ui.waiting import until

pytestmark = pytest.mark.browser

QUEUE = (
    "{% ui_live_state %}{% ui_live 'unit:12' seq url='/ici/' announce='La file a changé.' %}"
    "<p>{{ text }}</p>{% endui_live %}"
)
HANGING_UP = ["WebSocket connection"]


def event(seq: int, kind: str = "referral.submitted", room: str = "unit:12") -> dict[str, Any]:
    return {"type": "event", "room": room, "seq": seq, "kind": kind, "subject": None}


def watched(site: Site) -> list[dict[str, Any]]:
    return [message for message in site.heard if message["type"] == "watch"]


def refetches(site: Site) -> list[dict[str, str]]:
    return [one.headers for one in site.asked if "hx-request" in one.headers]


def test_it_watches_from_what_it_has_seen(opens: Opens, site: Site) -> None:
    page = opens(QUEUE, given={"seq": 41, "text": "Douze"})
    page.get_by_text("En direct").wait_for()
    until(page, lambda: watched(site))
    assert watched(site) == [{"type": "watch", "room": "unit:12", "last_seq": 41}]


def test_an_event_brings_the_part_again(opens: Opens, site: Site) -> None:
    page = opens(QUEUE, given={"seq": 41, "text": "Douze"})
    until(page, lambda: watched(site))
    site.answers["/ici/"] = Answer(page_html(QUEUE, seq=42, text="Treize"))
    site.say(event(42))
    page.get_by_text("Treize").wait_for()
    assert page.locator("[data-live-room]").count() == 1
    page.get_by_text("La file a changé.").wait_for(state="attached")


def test_a_background_request_says_that_nobody_asked(opens: Opens, site: Site) -> None:
    page = opens(QUEUE, given={"seq": 41, "text": "Douze"})
    until(page, lambda: watched(site))
    site.say(event(42))
    [headers] = until(page, lambda: refetches(site))
    assert headers["x-background"] == "1"


def test_events_close_together_make_one_request(opens: Opens, site: Site) -> None:
    page = opens(QUEUE, given={"seq": 41, "text": "Douze"})
    until(page, lambda: watched(site))
    site.answers["/ici/"] = Answer(page_html(QUEUE, seq=46, text="Dix-sept"))
    for seq in range(42, 47):
        site.say(event(seq))
    page.get_by_text("Dix-sept").wait_for()
    assert len(refetches(site)) == 1


def test_what_was_already_seen_is_not_asked_again(opens: Opens, site: Site) -> None:
    page = opens(QUEUE, given={"seq": 41, "text": "Douze"})
    until(page, lambda: watched(site))
    site.say(event(41))
    site.say(event(42, room="unit:99"))
    page.wait_for_timeout(500)
    assert refetches(site) == []


def test_it_comes_back_and_catches_up(opens: Opens, site: Site) -> None:
    page = opens(QUEUE, given={"seq": 41, "text": "Douze"}, expecting=HANGING_UP)
    until(page, lambda: watched(site))
    site.answers["/ici/"] = Answer(page_html(QUEUE, seq=43, text="Quatorze"))
    site.say(event(43))
    page.get_by_text("Quatorze").wait_for()
    site.hang_up()
    until(page, lambda: len(watched(site)) == 2)
    assert watched(site)[1]["last_seq"] == 43
    page.get_by_text("En direct").wait_for()


def test_it_says_when_the_connection_is_lost(opens: Opens, site: Site) -> None:
    page = opens(QUEUE, given={"seq": 41, "text": "Douze"}, expecting=HANGING_UP)
    until(page, lambda: watched(site))
    site.live_open = False
    site.hang_up()
    page.get_by_text("Connexion interrompue").wait_for()


def test_a_question_gets_its_answer(opens: Opens, site: Site) -> None:
    page = opens(QUEUE, given={"seq": 41, "text": "Douze"})
    until(page, lambda: watched(site))
    site.say({"type": "ping"})
    until(page, lambda: {"type": "pong"} in site.heard)


@pytest.mark.parametrize("code", [4401, 4403])
def test_access_that_ends_empties_the_page(opens: Opens, site: Site, code: int) -> None:
    page = opens(QUEUE, given={"seq": 41, "text": "Douze"})
    until(page, lambda: watched(site))
    site.answers["/ici/"] = Answer("<h1>Introuvable</h1>")
    site.hang_up(code)
    page.get_by_role("alert").get_by_text("Votre accès a pris fin").wait_for()
    assert not page.get_by_text("Douze").is_visible()
    page.get_by_text("Introuvable").wait_for()


def test_a_part_that_is_gone_for_this_person_reloads_the_page(opens: Opens, site: Site) -> None:
    page = opens(QUEUE, given={"seq": 41, "text": "Douze"}, expecting=["404", "Response Status"])
    until(page, lambda: watched(site))
    site.answers["/ici/"] = Answer("<h1>Introuvable</h1>", 404)
    site.say(event(42))
    page.get_by_text("Introuvable").wait_for()


def test_words_being_written_stay(opens: Opens, site: Site) -> None:
    source = (
        "{% ui_live 'case:1' seq url='/ici/' %}<p>{{ text }}</p>"
        "{% ui_form %}{% ui_hidden 'a' 'b' %}{% ui_field form.words %}{% endui_form %}"
        "{% endui_live %}"
    )
    from django import forms

    class Words(forms.Form):
        words = forms.CharField(label="Réponse")

    page = opens(source, given={"seq": 1, "text": "Avant", "form": Words()})
    until(page, lambda: watched(site))
    page.get_by_label("Réponse").fill("Je réponds")
    site.answers["/ici/"] = Answer(page_html(source, seq=2, text="Après", form=Words()))
    site.say(event(2, room="case:1"))
    page.get_by_text("Du nouveau").first.wait_for()
    assert page.get_by_label("Réponse").input_value() == "Je réponds"
    assert refetches(site) == []
    page.get_by_label("Réponse").fill("")
    page.evaluate("document.activeElement.blur()")
    page.get_by_text("Après").wait_for()


def test_questions_that_nobody_has_answered_do_not_hold_the_news_back(
    opens: Opens, site: Site
) -> None:
    source = (
        "{% ui_live 'case:1' seq url='/ici/' %}<p>{{ text }}</p>"
        "{% ui_form %}{% for field in form %}{% ui_field field %}{% endfor %}{% endui_form %}"
        "{% endui_live %}"
    )
    from django import forms

    from kernel.ui.forms import CheckboxChoices, DateInput, RadioChoices

    choices = [("a", "A"), ("b", "B")]

    class Everything(forms.Form):
        future = forms.BooleanField(required=False)
        agreed = forms.BooleanField(initial=True)
        one = forms.ChoiceField(choices=choices)
        preset = forms.ChoiceField(choices=choices, initial="b")
        parts = forms.MultipleChoiceField(choices=choices, widget=CheckboxChoices)
        level = forms.ChoiceField(choices=choices, widget=RadioChoices, initial="a")
        until = forms.DateField(widget=DateInput)
        text = forms.CharField(widget=forms.Textarea, initial="Début")

    page = opens(source, given={"seq": 1, "text": "Avant", "form": Everything()})
    until(page, lambda: watched(site))
    site.answers["/ici/"] = Answer(page_html(source, seq=2, text="Après", form=Everything()))
    site.say(event(2, room="case:1"))
    page.get_by_text("Après").wait_for()


def test_a_part_may_follow_some_kinds_only(opens: Opens, site: Site) -> None:
    source = "{% ui_live 'meeting:1' 1 url='/ici/' on='decision.recorded' %}x{% endui_live %}"
    page = opens(source)
    until(page, lambda: watched(site))
    site.say(event(2, "seat.taken", "meeting:1"))
    page.wait_for_timeout(500)
    assert refetches(site) == []
    site.say(event(3, "decision.recorded", "meeting:1"))
    until(page, lambda: refetches(site))


def test_one_part_may_follow_several_rooms(opens: Opens, site: Site) -> None:
    source = (
        "{% ui_live_all rooms id='all' announce='Du neuf.' %}<p>{{ text }}</p>{% endui_live_all %}"
    )
    rooms = [("unit:1", 4), ("unit:2", 9)]
    page = opens(source, given={"rooms": rooms, "text": "Avant"})
    until(page, lambda: len(watched(site)) == 2)
    site.answers["/ici/"] = Answer(
        page_html(source, rooms=[("unit:1", 4), ("unit:2", 10)], text="Après")
    )
    site.say(event(10, room="unit:2"))
    page.get_by_text("Après").wait_for()


def test_a_person_keeps_their_place(opens: Opens, site: Site) -> None:
    source = (
        "{% ui_live 'case:1' seq url='/ici/' %}<p>{{ text }}</p>{% ui_fold 'Détail' %}"
        "<p>Long</p>{% endui_fold %}{% ui_link_button 'Ouvrir' '/a/' %}{% endui_live %}"
    )
    page = opens(source, given={"seq": 1, "text": "Avant"})
    until(page, lambda: watched(site))
    page.get_by_text("Détail").click()
    page.get_by_role("link", name="Ouvrir").focus()
    site.answers["/ici/"] = Answer(page_html(source, seq=2, text="Après"))
    site.say(event(2, room="case:1"))
    page.get_by_text("Après").wait_for()
    page.get_by_text("Long").wait_for()
    until(page, lambda: page.evaluate("document.activeElement.textContent") == "Ouvrir")
