"""A ``select`` is to the letter what Django's templates draw, however many options it has."""

import pytest
from django import forms
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy, override

from kernel.ui import selects
from kernel.ui.fields import RENDERER
from tests.kernel.ui.conftest import Draw

CHOICES = [
    ("", gettext_lazy("Tous")),
    ("a", "<b>Anne & « l'Étang »</b>"),
    ('"><script>', 'a "quoted" one'),
    (1000, 1234567),
    (2.5, "as a number"),
    (True, 1.5),
    (None, "none"),
    (mark_safe("x&amp;y"), mark_safe("<i>safe</i>")),
    ("Group <1>", [("b", "B"), ("c", "C")]),
    ("d", "D"),
]


class Hued(forms.Select):
    """With something of its own on each option."""

    def create_option(self, *args, **kwargs):
        option = super().create_option(*args, **kwargs)
        option["attrs"] |= {"data-hue": '"red"', "disabled": option["value"] == "a", "no": False}
        return option


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("value", [None, "", "a", "c", 1000, ["a", "d"], '"><script>'])
@pytest.mark.parametrize("widget", [forms.Select, forms.SelectMultiple, Hued])
def test_it_is_drawn_as_by_the_templates(widget, value, language):
    made = widget(
        choices=CHOICES, attrs={"class": 'x"y', "data-one": 1000, "data-two": "é<", "data-no": 0}
    )
    attrs = {"id": "id_a", "required": True, "hidden": False}
    with override(language):
        assert selects.is_plain(made)
        wanted = made.render("a-<n>", value, attrs=dict(attrs), renderer=RENDERER)
        assert selects.drawn(made, "a-<n>", value, dict(attrs)) == wanted


def test_a_widget_with_a_template_of_its_own_keeps_it():
    assert not selects.is_plain(_Own())


class _Own(forms.Select):
    option_template_name = "own/option.html"


class People(forms.Form):
    person = forms.ChoiceField(choices=[("", "—"), ("1", "A & B")], required=False)


def test_a_field_is_drawn_so(draw: Draw) -> None:
    html = draw("{% ui_field form.person %}", form=People({"person": "1"}))
    assert '<select name="person" id="id_person" class="form-select">' in html
    assert '<option value="1" selected>A &amp; B</option>' in html
