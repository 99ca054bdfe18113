"""Components drawn without a page, and pages in a real Chromium."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.template import engines
from django.test import RequestFactory

from tests.kernel.ui.site import Answer, Site
from tests.support.chromium import running_chromium

PERSON = SimpleNamespace(
    display_name="Camille D.", agency_name="DSDEN des Marais", cell_name="Cellule des Marais"
)
NAVIGATION = [
    {"label": "Accueil", "url": "/", "current": False},
    {"label": "Saisines", "url": "/saisines/", "current": True, "count": 12},
]
Draw = Callable[..., str]
Opens = Callable[..., Any]


def drawn(source: str, **context: Any) -> str:
    """A template text, rendered as a page would be."""
    template = engines["django"].from_string("{% load i18n ui %}" + source)
    return template.render(context, RequestFactory().get("/ici/"))


@pytest.fixture
def draw() -> Draw:
    return drawn


def page_html(content: str, **context: Any) -> str:
    """A whole page with this content, for somebody who is signed in."""
    source = (
        '{% extends "ui/base.html" %}{% load i18n ui %}{% block title %}Essai{% endblock %}'
        "{% block content %}" + content + "{% endblock %}"
    )
    template = engines["django"].from_string(source)
    given = {"viewer": PERSON, "navigation": NAVIGATION, "session_idle_seconds": 900}
    return template.render(given | context, RequestFactory().get("/ici/"))


@pytest.fixture(scope="module")
def browser(database: None) -> Iterator[Any]:
    """One Chromium for the module: its event loop must be gone before others use the database."""
    with running_chromium() as chromium:
        yield chromium


@pytest.fixture(scope="module")
def _running_site() -> Iterator[Site]:
    running = Site()
    yield running
    running.stop()


@pytest.fixture
def site(_running_site: Site) -> Site:
    _running_site.forget()
    return _running_site


@pytest.fixture
def opens(browser: Any, site: Site) -> Iterator[Opens]:
    """Open a page with this content. What the browser complains about fails the test."""
    contexts, complaints = [], []

    def open_page(content: str = "", *, at: str = "/ici/", html: str = "", **options: Any) -> Any:
        wanted = {"width": options.pop("width", 1280), "height": 900}
        given = options.pop("given", {})
        expected = options.pop("expecting", ())
        site.answers[at] = Answer(html or page_html(content, **given))
        context = browser.new_context(viewport=wanted, locale="fr-FR", **options)
        context.set_default_timeout(6000)
        contexts.append(context)
        page = context.new_page()

        def note(text: str) -> None:
            # Leaving a page while its socket opens is no fault of the page.
            if not any(part in text for part in (*expected, "before the connection is est")):
                complaints.append(text)

        page.on("console", lambda m: note(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: note(str(error)))
        page.goto(site.address + at)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
