"""The menu is short for every role, and leads to everything that the role has."""

import pytest

from kernel.http.context import account_entries
from tests.support.world import Seated

MENUS = {
    "pilot": ["Accueil", "Dossiers", "Rechercher", "Réunions", "Mon compte"],
    "coordinator": [
        *("Accueil", "Dossiers", "Rechercher", "Partages", "Réunions", "Mon compte"),
        *("Plus", "À réattribuer", "Accès d'urgence", "Rôles à confirmer"),
    ],
    "prosecutor": [
        *("Accueil", "Dossiers", "Rechercher", "Partages", "Accès d'urgence", "Réunions"),
        *("Rôles à confirmer", "Mon compte"),
    ],
    "gendarme": [
        *("Accueil", "Dossiers", "Rechercher", "Partages", "Accès d'urgence", "Réunions"),
        "Mon compte",
    ],
    "gendarme_lead": [
        *("Accueil", "Dossiers", "Rechercher", "Partages", "Accès d'urgence", "Réunions"),
        *("Personnes", "Mon compte"),
    ],
    "auditor": [
        *("Accueil", "Accès d'urgence", "Journal", "Vérification", "Conservation"),
        *("Expliquer un accès", "Mon compte"),
    ],
    "cell_admin": ["Accueil", "Administration", "Conservation", "Mon compte"],
}
SECTIONS = {
    "cell_admin": [
        *("/cellule/", "/personnes/", "/remplacements/", "/cellule/organismes/"),
        *("/cellule/protocole/", "/cellule/regles/", "/cellule/territoire/", "/cellule/charte/"),
        *("/jetons/", "/cellule/fournisseurs/"),
    ],
    "gendarme_lead": ["/personnes/", "/remplacements/", "/jetons/"],
}


def entries_of(page):
    return [*page.context["navigation"], *page.context["navigation_more"]]


def menu_of(page):
    behind = [str(entry["label"]) for entry in page.context["navigation_more"]]
    shown = [str(entry["label"]) for entry in page.context["navigation"]]
    return [*shown, "Plus", *behind] if behind else shown


def current_of(page):
    return [str(entry["label"]) for entry in entries_of(page) if entry["current"]]


@pytest.mark.parametrize("who", MENUS)
def test_the_menu_of_each_role_is_short_and_every_entry_opens(world, who):
    browser = getattr(world, who).browser
    page = browser.get("/compte/")
    assert menu_of(page) == MENUS[who]
    behind = page.context["navigation_more"]
    for entry in entries_of(page):
        opened = browser.get(entry["url"])
        assert opened.status_code == 200, entry["url"]
        assert current_of(opened) == [str(entry["label"])]
        unfolded = '<details class="navigation-more" open>' in opened.text
        assert unfolded == (entry in behind), entry["url"]


@pytest.mark.parametrize("who", SECTIONS)
def test_every_part_of_the_administration_is_one_click_from_every_other(world, who):
    seat = getattr(world, who)
    parts = SECTIONS[who]
    entry = "Administration" if who == "cell_admin" else MENUS[who][-2]
    for part in parts:
        page = seat.browser.get(part)
        assert page.status_code == 200, part
        assert [url for _name, _label, url in page.context["sections"]] == parts
        assert f'href="{part}" aria-current="true"' in page.content.decode(), part
        assert current_of(page) == [entry], part


def test_everything_of_ones_own_is_on_the_page_of_the_account(world):
    browser = world.gendarme.browser
    page = browser.get("/compte/")
    urls = [entry["url"] for entry in account_entries(world.gendarme.viewer)]
    assert urls == [
        *("/compte/facteurs/", "/compte/identites/", "/compte/sessions/"),
        *(
            "/charte/",
            "/role/",
            "/compte/absence/",
            "/exports/",
            "/mon-journal/",
            "/journal/temoin/",
        ),
    ]
    for url in urls:
        assert f'href="{url}"' in page.content.decode()
        opened = browser.get(url)
        assert opened.status_code == 200, url
        assert current_of(opened) == ["Mon compte"], url
        assert 'href="/compte/">Mon compte</a>' in opened.content.decode(), url


def test_a_school_head_who_follows_no_case_is_led_to_the_people_of_the_school(world):
    head = Seated(world.pilot.accession, "school_head")
    page = head.browser.get("/")
    assert menu_of(page) == ["Accueil", "Personnes", "Mon compte"]
    assert [action.url for action in page.context["actions"]] == ["/personnes/"]
    assert "À confirmer" in head.browser.get("/personnes/").text
