"""What the components promise about the HTML that they print."""

from datetime import UTC, date, datetime

import pytest
from django.template import TemplateSyntaxError
from django.utils import translation

from tests.kernel.ui.conftest import Draw

EVIL = "<script>alert(1)</script>"


@pytest.mark.parametrize(
    "source",
    [
        "{% ui_status text %}",
        "{% ui_tag text %}",
        "{% ui_prose text %}",
        "{% ui_button text %}",
        "{% ui_link_button text '/' %}",
        "{% ui_person text detail=text state=text %}",
        "{% ui_figure text text %}",
        "{% ui_progress text 1 2 %}",
        "{% ui_steps 1 text %}",
        "{% ui_breadcrumb text '/' text %}",
        "{% ui_number '17' text %}",
        "{% ui_reveal text '/' %}",
        "{% ui_action text '/' %}",
        "{% ui_hidden 'name' text %}",
        "{% ui_next_action text text text '/' %}",
        "{% ui_heading text lead=text %}{{ text }}{% endui_heading %}",
        "{% ui_notice text %}{{ text }}{% endui_notice %}",
        "{% ui_definition text %}{{ text }}{% endui_definition %}",
        "{% ui_columns text %}{% ui_row %}{% ui_cell %}{{ text }}{% endui_cell %}{% endui_row %}",
        "{% ui_live text 1 announce=text %}{{ text }}{% endui_live %}",
        "{% ui_dialog 'id' text %}{{ text }}{% endui_dialog %}",
    ],
)
def test_what_people_wrote_is_escaped(draw: Draw, source: str) -> None:
    html = draw(source, text=EVIL)
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_html_inside_a_block_stays_html(draw: Draw) -> None:
    html = draw("{% ui_notice 'Titre' %}<p>Un mot</p>{% endui_notice %}")
    assert "<p>Un mot</p>" in html


def test_a_page_variable_does_not_leak_into_a_component(draw: Draw) -> None:
    assert "autre" not in draw("{% ui_button 'Envoyer' %}", variant="autre", name="autre")


def test_an_unknown_tone_is_neutral(draw: Draw) -> None:
    assert "tone-neutral" in draw("{% ui_status 'Nouveau' tone='mauve' %}")


def test_a_status_always_has_words(draw: Draw) -> None:
    assert ">Résolu<" in draw("{% ui_status 'Résolu' tone='success' %}")


def test_cells_carry_the_name_of_their_column(draw: Draw) -> None:
    html = draw(
        "{% ui_table 'Liste' %}{% ui_columns 'Référence' 'État' %}{% for row in rows %}"
        "{% ui_row %}{% ui_cell heading=True %}{{ row }}{% endui_cell %}"
        "{% ui_cell %}ouvert{% endui_cell %}{% endui_row %}{% endfor %}{% endui_table %}",
        rows=["A", "B"],
    )
    assert html.count('<th scope="row" data-label="Référence">') == 2
    assert html.count('data-label="État"') == 2
    assert "<caption>Liste</caption>" in html


def test_a_time_is_shown_in_local_time_and_kept_exact(draw: Draw) -> None:
    html = draw("{% ui_time value %}", value=datetime(2026, 11, 20, 9, 42, tzinfo=UTC))
    assert "20 novembre 2026 à 10:42" in html
    assert 'datetime="2026-11-20T10:42:00+01:00"' in html
    with translation.override("en"):
        html = draw("{% ui_time value %}", value=datetime(2026, 11, 20, 9, 42, tzinfo=UTC))
    assert "20 November 2026, 10:42<" in html


def test_a_date_has_no_hour(draw: Draw) -> None:
    html = draw("{% ui_time value %}", value=date(2026, 3, 1))
    assert ">1er mars 2026<" in html


def test_a_missing_time_prints_nothing(draw: Draw) -> None:
    assert draw("{% ui_time value %}", value=None).strip() == ""


@pytest.mark.parametrize(
    "one", ["{% ui_time value %}", "{% ui_tag 'mot' %}", "{% ui_status 'mot' %}"]
)
def test_what_stands_in_a_line_brings_no_space_of_its_own(draw: Draw, one: str) -> None:
    html = draw(one + ", puis", value=date(2026, 3, 1))
    assert html.endswith(">, puis")
    assert html == html.lstrip()


def test_a_moment_in_a_table_is_short(draw: Draw) -> None:
    moment = datetime(2026, 11, 20, 9, 42, tzinfo=UTC)
    assert "20/11/2026 10:42<" in draw("{% ui_time value style='stamp' %}", value=moment)
    assert ">01/03/2026<" in draw("{% ui_time value style='stamp' %}", value=date(2026, 3, 1))


def test_an_empty_value_says_that_it_is_missing(draw: Draw) -> None:
    html = draw("{% ui_definition 'Référent' %} {% endui_definition %}")
    assert "Non renseigné" in html


def test_pages_of_a_list_disappear_when_there_is_one(draw: Draw) -> None:
    assert draw("{% ui_pagination previous=None next='' %}").strip() == ""


def test_a_live_part_has_the_same_name_each_time(draw: Draw) -> None:
    html = draw("{% ui_live 'unit:12' 1234 url='/file/' %}{% endui_live %}")
    assert 'id="live-unit-12"' in html
    assert 'hx-select="#live-unit-12"' in html
    assert 'data-live-seq="1234"' in html


def test_a_live_part_may_follow_some_kinds_only(draw: Draw) -> None:
    html = draw("{% ui_live 'a' 1 url='/' on='seat.taken, decision.recorded' %}{% endui_live %}")
    assert "live:seat.taken delay:150ms, live:decision.recorded delay:150ms" in html


def test_a_number_is_dialled_without_its_spaces(draw: Draw) -> None:
    assert 'href="tel:3018"' in draw("{% ui_number '30 18' 'Harcèlement' %}")


def test_a_wrong_repeat_says_how_to_write_it() -> None:
    from tests.kernel.ui.conftest import drawn

    with pytest.raises(TemplateSyntaxError, match="formset as name"):
        drawn("{% ui_repeat formset %}{% endui_repeat %}")
