"""Forms: protected, sent once, and each field bound to its words."""

import re

import pytest
from django import forms
from django.forms import formset_factory

from kernel.errors import Invalid, WrongState
from kernel.ui.forms import CheckboxChoices, Code, DateInput, RadioChoices, show_refusal
from tests.kernel.ui.conftest import Draw


class Facts(forms.Form):
    place = forms.CharField(label="Lieu", help_text="Dans l'établissement ou ailleurs.")
    danger = forms.ChoiceField(
        label="Danger",
        choices=[("yes", "Oui"), ("no", "Non")],
        widget=RadioChoices(hints={"yes": "Appelez d'abord."}),
    )
    told = forms.MultipleChoiceField(
        label="Informés", choices=[("p", "Parents")], widget=CheckboxChoices, required=False
    )
    began_on = forms.DateField(label="Depuis", widget=DateInput, required=False)
    code = forms.CharField(label="Code", widget=Code, required=False)
    note = forms.CharField(label="Note", widget=forms.Textarea, required=False)
    sure = forms.BooleanField(label="Je certifie")
    hidden = forms.CharField(widget=forms.HiddenInput, required=False)


Several = formset_factory(Facts, extra=1, can_delete=True)


def attribute(html: str, name: str) -> str:
    found = re.search(rf'{name}="([^"]*)"', html)
    assert found, f"no {name} in {html}"
    return found[1]


def test_a_form_is_protected_and_may_be_sent_twice(draw: Draw) -> None:
    html = draw("{% ui_form version=1234 %}{% endui_form %}")
    assert 'name="csrfmiddlewaretoken"' in html
    assert re.search(r'name="_key" value="[0-9a-f]{32}"', html)
    assert 'name="_version" value="1234"' in html


def test_each_rendering_has_a_key_of_its_own(draw: Draw) -> None:
    source = "{% ui_form %}{% endui_form %}"
    assert draw(source).split("_key")[1] != draw(source).split("_key")[1]


def test_a_key_that_is_given_is_kept(draw: Draw) -> None:
    assert 'value="abc"' in draw("{% ui_form key='abc' %}{% endui_form %}")


def test_a_filter_form_carries_no_secret(draw: Draw) -> None:
    html = draw("{% ui_form method='get' %}{% endui_form %}")
    assert "csrf" not in html
    assert "_key" not in html


def test_a_browser_does_not_remember_what_is_typed(draw: Draw) -> None:
    assert 'autocomplete="off"' in draw("{% ui_form %}{% endui_form %}")


def test_a_field_is_bound_to_its_label_and_hint(draw: Draw) -> None:
    html = draw("{% ui_field form.place %}", form=Facts())
    assert '<label class="form-label" for="id_place">Lieu' in html
    assert 'id="id_place-hint"' in html
    assert attribute(html, "aria-describedby") == "id_place-hint"
    assert "aria-invalid" not in html


def test_an_error_is_bound_to_its_field(draw: Draw) -> None:
    html = draw("{% ui_field form.place %}", form=Facts({}))
    assert attribute(html, "aria-describedby") == "id_place-hint id_place-error"
    assert attribute(html, "aria-invalid") == "true"
    assert "Ce champ est obligatoire." in html


def test_what_was_typed_comes_back(draw: Draw) -> None:
    assert 'value="Cour"' in draw("{% ui_field form.place %}", form=Facts({"place": "Cour"}))


def test_what_is_optional_says_so(draw: Draw) -> None:
    form = Facts()
    assert "facultatif" in draw("{% ui_field form.note %}", form=form)
    assert "facultatif" not in draw("{% ui_field form.place %}", form=form)
    one = "{% ui_field form.note one_of_several=True %}"
    assert "facultatif" not in draw(one, form=form), "one of several that are enough"


def test_choices_are_a_group_with_a_name(draw: Draw) -> None:
    html = draw("{% ui_field form.danger %}", form=Facts({}))
    assert 'role="radiogroup"' in html
    assert attribute(html, "aria-labelledby") == "id_danger-legend"
    assert attribute(html, "aria-describedby") == "id_danger-error"
    assert 'aria-describedby="id_danger_0-hint"' in html
    assert html.count("<input") == 2


def test_a_chosen_answer_stays_chosen(draw: Draw) -> None:
    html = draw("{% ui_field form.told %}", form=Facts({"told": ["p"]}))
    assert "checked" in html


def test_a_date_uses_the_browser_s_picker(draw: Draw) -> None:
    html = draw("{% ui_field form.began_on %}", form=Facts(initial={"began_on": "2026-11-20"}))
    assert 'type="date"' in html
    assert 'value="2026-11-20"' in html


def test_a_code_asks_for_a_numeric_keyboard(draw: Draw) -> None:
    html = draw("{% ui_field form.code %}", form=Facts())
    assert 'inputmode="numeric"' in html
    assert 'autocomplete="one-time-code"' in html


def test_a_text_area_takes_its_rows(draw: Draw) -> None:
    assert 'rows="9"' in draw("{% ui_field form.note rows=9 %}", form=Facts())


def test_a_hidden_field_has_no_label(draw: Draw) -> None:
    html = draw("{% ui_field form.hidden %}", form=Facts())
    assert "label" not in html


def test_a_condition_names_the_field_of_its_own_form(draw: Draw) -> None:
    form = Facts(prefix="facts-0")
    html = draw("{% ui_field form.note show_when='danger=yes' %}", form=form)
    assert 'data-show-when="facts-0-danger=yes"' in html
    html = draw("{% ui_when form.danger 'yes' 'no' %}x{% endui_when %}", form=form)
    assert 'data-show-when="facts-0-danger=yes|no"' in html


def test_the_summary_leads_to_each_field(draw: Draw) -> None:
    form = Facts({})
    form.add_error(None, "Les dates se contredisent.")
    html = draw("{% ui_errors form %}", form=form)
    assert 'href="#id_place"' in html
    assert 'href="#id_danger_0"' in html
    assert "Les dates se contredisent." in html
    assert "4 réponses sont à corriger" in html


def test_no_summary_without_errors(draw: Draw) -> None:
    assert draw("{% ui_errors form several %}", form=Facts(), several=Several()).strip() == ""


def test_the_summary_covers_repeated_forms(draw: Draw) -> None:
    data = {
        "form-TOTAL_FORMS": "1",
        "form-INITIAL_FORMS": "0",
        "form-0-place": "Cour",
    }
    html = draw("{% ui_errors several %}", several=Several(data))
    assert 'href="#id_form-0-danger_0"' in html


def test_a_repeated_form_is_drawn_once_for_each_and_once_for_new_ones(draw: Draw) -> None:
    html = draw(
        "{% ui_repeat several as one item='Fait' add='Ajouter' %}"
        "{% ui_field one.place %}{% endui_repeat %}",
        several=Several(initial=[{"place": "Cour"}]),
    )
    assert 'name="form-TOTAL_FORMS" value="2"' in html
    assert 'name="form-0-place" value="Cour"' in html
    assert 'name="form-__prefix__-place"' in html
    assert html.count("data-repeat-delete") == 3


def test_a_refusal_reaches_its_field() -> None:
    form = Facts({"place": "Cour", "danger": "no", "sure": "on"})
    assert form.is_valid()
    show_refusal(form, Invalid(fields={"place": ["Trop vague."], "other": ["Autre chose."]}))
    assert form.errors["place"] == ["Trop vague."]
    assert form.non_field_errors() == ["Autre chose."]


@pytest.mark.parametrize("refusal", [WrongState("Trop tard."), Invalid("Trop tard.")])
def test_a_refusal_without_a_field_stands_above_the_form(refusal: Exception) -> None:
    form = Facts({"place": "Cour", "danger": "no", "sure": "on"})
    assert form.is_valid()
    show_refusal(form, refusal)
    assert form.non_field_errors() == ["Trop tard."]
