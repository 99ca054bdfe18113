"""What a press does: dialogs, menu, theme, repeated groups, conditional parts, sending once."""

from typing import Any

import pytest
from django import forms
from django.forms import formset_factory

from kernel.ui.forms import RadioChoices
from tests.kernel.ui.conftest import Opens
from tests.kernel.ui.site import Answer, Site
from tests.kernel.ui.waiting import sent_to, until

pytestmark = pytest.mark.browser


class Danger(forms.Form):
    now = forms.ChoiceField(choices=[("no", "Non"), ("yes", "Oui")], widget=RadioChoices)
    told = forms.ChoiceField(choices=[("no", "Non"), ("yes", "Oui")], widget=RadioChoices)
    reason = forms.CharField(label="Raison")


class Witness(forms.Form):
    initials = forms.CharField(label="Initiales")


Witnesses = formset_factory(Witness, extra=0, can_delete=True, max_num=3)
DIALOG = (
    "{% ui_button 'Ouvrir' dialog='ask' %}{% ui_dialog 'ask' 'Question' %}<p>Vraiment ?</p>"
    "{% ui_button 'Garder' close=True %}{% endui_dialog %}"
)
CONDITIONAL = (
    "{% ui_form action='/recu/' %}{% ui_field form.now %}{% ui_when form.now 'yes' %}"
    "<p>Appelez le 17</p>{% ui_field form.told %}{% ui_field form.reason show_when='told=no' %}"
    "{% endui_when %}{% ui_button 'Envoyer' %}{% endui_form %}"
)
REPEAT = (
    "{% ui_form action='/recu/' %}{% ui_repeat several as one item='Témoin' add='Ajouter' %}"
    "{% ui_field one.initials %}{% endui_repeat %}{% ui_button 'Envoyer' %}{% endui_form %}"
)


def test_a_dialog_opens_and_gives_the_focus_back(opens: Opens) -> None:
    page = opens(DIALOG)
    page.get_by_role("button", name="Ouvrir").click()
    assert page.get_by_role("dialog", name="Question").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("dialog").is_visible()
    assert page.evaluate("document.activeElement.textContent") == "Ouvrir"


def test_a_dialog_closes_by_its_button(opens: Opens) -> None:
    page = opens(DIALOG)
    page.get_by_role("button", name="Ouvrir").click()
    page.get_by_role("button", name="Garder").click()
    assert not page.get_by_role("dialog").is_visible()


def test_a_dialog_left_open_by_the_server_opens_above_the_page(opens: Opens) -> None:
    page = opens("{% ui_dialog 'ask' 'Question' open=True %}<p>Erreur</p>{% endui_dialog %}")
    assert page.evaluate("document.getElementById('ask').matches(':modal')")


def test_the_menu_of_a_phone_opens_and_closes(opens: Opens) -> None:
    page = opens("<h1>Essai</h1>", width=390)
    menu = page.get_by_role("navigation", name="Menu principal")
    button = page.get_by_role("button", name="Menu")
    assert not menu.is_visible()
    button.click()
    assert menu.is_visible()
    assert page.get_by_role("button", name="Se déconnecter").is_visible()
    page.keyboard.press("Escape")
    assert not menu.is_visible()
    assert button.get_attribute("aria-expanded") == "false"


def test_what_is_not_for_every_day_unfolds_by_keyboard(opens: Opens) -> None:
    more = [{"label": "À réattribuer", "url": "/a/", "current": False}]
    page = opens("<h1>Essai</h1>", given={"navigation_more": more})
    hidden = page.get_by_role("link", name="À réattribuer")
    assert not hidden.is_visible()
    page.get_by_role("link", name="Saisines 12").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert hidden.is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "À réattribuer"


def test_the_choice_of_light_or_dark_stays(opens: Opens) -> None:
    page = opens("<h1>Essai</h1>", color_scheme="light")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Passer en affichage sombre").click()
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    assert page.get_by_role("button", name="Passer en affichage clair").is_visible()


def test_a_part_appears_with_the_answer_it_depends_on(opens: Opens) -> None:
    page = opens(CONDITIONAL, given={"form": Danger()})
    assert not page.get_by_text("Appelez le 17").is_visible()
    page.get_by_label("Oui").first.check()
    assert page.get_by_text("Appelez le 17").is_visible()
    assert not page.get_by_label("Raison").is_visible()


def test_what_is_hidden_is_not_sent_and_not_lost(opens: Opens, site: Site) -> None:
    site.answers["/recu/"] = Answer("<h1>Reçu</h1>")
    page = opens(CONDITIONAL, given={"form": Danger(initial={"now": "yes", "told": "no"})})
    page.get_by_label("Raison").fill("Injoignables")
    page.get_by_label("Non").first.check()
    page.get_by_label("Oui").first.check()
    assert page.get_by_label("Raison").input_value() == "Injoignables"
    page.get_by_label("Non").first.check()
    page.get_by_role("button", name="Envoyer").click()
    sent = sent_to(page, site, "/recu/")
    assert sent.values["now"] == ["no"]
    assert "reason" not in sent.values
    assert "told" not in sent.values


def test_a_group_is_added_and_removed(opens: Opens, site: Site) -> None:
    site.answers["/recu/"] = Answer("<h1>Reçu</h1>")
    several = Witnesses(initial=[{"initials": "A.B."}])
    page = opens(REPEAT, given={"several": several})
    page.get_by_role("button", name="Ajouter").click()
    assert page.evaluate("document.activeElement.name") == "form-1-initials"
    page.keyboard.type("C.D.")
    page.get_by_role("group", name="Témoin 1").get_by_role("button", name="Retirer").click()
    assert page.get_by_role("group", name="Témoin 1").get_by_label("Initiales").is_visible()
    page.get_by_role("button", name="Envoyer").click()
    sent = sent_to(page, site, "/recu/")
    assert sent.values["form-TOTAL_FORMS"] == ["2"]
    assert sent.values["form-0-DELETE"] == ["on"]
    assert sent.values["form-1-initials"] == ["C.D."]
    answer = Witnesses({name: values[0] for name, values in sent.values.items()})
    assert answer.is_valid()
    assert [one.cleaned_data["initials"] for one in answer if one not in answer.deleted_forms] == [
        "C.D."
    ]


def test_no_more_groups_than_the_formset_allows(opens: Opens) -> None:
    page = opens(REPEAT, given={"several": Witnesses()})
    add = page.get_by_role("button", name="Ajouter")
    for _ in range(3):
        add.click()
    assert not add.is_visible()


def test_a_double_click_sends_once(opens: Opens, site: Site) -> None:
    site.answers["/recu/"] = Answer("<h1>Reçu</h1>", hang=0.5)
    page = opens("{% ui_action 'Accuser réception' '/recu/' %}")
    page.get_by_role("button", name="Accuser réception").dblclick()
    assert sent_to(page, site, "/recu/")


def test_errors_take_the_focus_and_lead_to_the_field(opens: Opens) -> None:
    source = "{% ui_form %}{% ui_errors form %}{% ui_field form.reason %}{% endui_form %}"
    page = opens(source, given={"form": Danger({"now": "no", "told": "no"})})
    focused = "document.activeElement.hasAttribute('data-error-summary')"
    until(page, lambda: page.evaluate(focused))
    assert page.title().startswith("Erreur : ")
    page.get_by_role("link", name="Raison").click()
    assert page.evaluate("document.activeElement.name") == "reason"


def test_the_answer_to_what_was_asked_takes_the_focus_and_other_messages_do_not(
    opens: Opens,
) -> None:
    source = "{% ui_notice 'Avant' %}{% endui_notice %}{% ui_notice 'Ceci' answer=True %}"
    page = opens(source + "{% endui_notice %}")
    focused = "document.activeElement.innerText.trim()"
    until(page, lambda: page.evaluate(focused) == "Ceci")


def test_a_name_is_revealed_in_place(opens: Opens, site: Site) -> None:
    site.answers["/nom/"] = Answer("<strong>Alix B.</strong>")
    page = opens("<p>A. B.</p>{% ui_reveal 'Voir le nom' '/nom/' %}")
    page.get_by_role("button", name="Voir le nom").click()
    page.get_by_text("Alix B.").wait_for()
    [sent] = site.posts("/nom/")
    assert sent.headers["x-csrftoken"] == sent.values["csrfmiddlewaretoken"][0]
    assert not page.get_by_role("button", name="Voir le nom").is_visible()


def test_inside_a_live_part_only_the_button_is_replaced(opens: Opens, site: Site) -> None:
    site.answers["/nom/"] = Answer("<strong>Alix B.</strong>")
    page = opens(
        "{% ui_live room='case:1' seq=1 url='/ici/' id='case' %}"
        "<p>Autour</p>{% ui_reveal 'Voir le nom' '/nom/' %}{% endui_live %}"
    )
    page.get_by_role("button", name="Voir le nom").click()
    page.get_by_text("Alix B.").wait_for()
    assert page.get_by_text("Autour").is_visible()


def test_a_refused_reveal_says_why(opens: Opens, site: Site) -> None:
    refusal = '<div data-refused><p class="notice-title">Ce dossier est clos.</p></div>'
    site.answers["/nom/"] = Answer(refusal, 409)
    page = opens("{% ui_reveal 'Voir le nom' '/nom/' %}", expecting=["409", "Response Status"])
    page.get_by_role("button", name="Voir le nom").click()
    page.get_by_role("alert").get_by_text("Ce dossier est clos.").wait_for()
    assert page.get_by_role("button", name="Voir le nom").is_visible()


def test_nothing_of_a_page_is_kept_by_the_browser(opens: Opens, site: Site) -> None:
    site.answers["/nom/"] = Answer("<strong>Alix B.</strong>")
    page = opens("{% ui_reveal 'Voir le nom' '/nom/' %}")
    page.get_by_role("button", name="Voir le nom").click()
    page.get_by_text("Alix B.").wait_for()
    kept: Any = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "Alix" not in kept
    assert "Voir" not in kept
