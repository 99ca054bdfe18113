"""Error pages: no person, no token, no echo of what was asked."""

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

NAMES = ["404.html", "403.html", "403_csrf.html", "409.html", "500.html", "refused.html"]


@pytest.mark.parametrize("name", NAMES)
def test_an_error_page_needs_no_context(name: str) -> None:
    html = render_to_string(name)
    assert "<h1>" in html
    assert 'href="/"' in html


@pytest.mark.parametrize("name", NAMES)
def test_an_error_page_carries_no_token_and_no_script_of_the_application(name: str) -> None:
    html = render_to_string(name)
    assert "csrf" not in html
    assert "app.js" not in html


def test_what_is_not_found_has_the_same_bytes_everywhere() -> None:
    pages = {
        render_to_string("404.html", {"message": "secret"}, RequestFactory().get(path))
        for path in ("/dossiers/1/", "/dossiers/2/", "/autre/<b>")
    }
    assert len(pages) == 1
    assert "secret" not in pages.pop()


def test_a_conflict_says_what_changed() -> None:
    html = render_to_string("409.html", {"message": "Modifié.", "changed": {"Lieu": "<b>Cour</b>"}})
    assert "Modifié." in html
    assert "<dt>Lieu</dt><dd>&lt;b&gt;Cour&lt;/b&gt;</dd>" in html


def test_a_fragment_of_refusal_speaks_for_itself() -> None:
    html = render_to_string("ui/refused_fragment.html", {"message": "Trop tard."})
    assert "Trop tard." in html
    assert "<html" not in html
