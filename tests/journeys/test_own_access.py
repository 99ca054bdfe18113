"""A fresh factor in the middle of work, the end of a session, leaving: seen in a browser."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from agencies.services.adopt_charter import adopt_charter
from kernel.scope import acting_as
from tests.journeys import acts
from tests.journeys.conftest import Apart, SitsDown
from tests.journeys.desk import Desk, until
from tests.support.chromium import FLAGS
from tests.support.database import admin
from tests.support.world import World, in_days, stale

pytestmark = pytest.mark.browser
NAME = re.compile("AlbaZZ CibleZZ")
NOTE = "Devant la grille, chaque matin"


def ends_in(seconds: int, desk: Desk) -> None:
    """From the next page on this person's sessions idle so long at most."""
    with admin(settings.DATABASES["default"]["NAME"]) as connection:
        connection.execute(
            "UPDATE kernel_session SET idle_seconds = %s, idle_until = now() + %s"
            " * interval '1 second' WHERE account_id = %s",
            [seconds, seconds, desk.person.account_id],
        )


def revealing(page: Any) -> Any:
    """The button that shows the target's name."""
    return page.locator("form.reveal button").first


def note(page: Any) -> Any:
    """Where the note of a new measure is typed."""
    part = acts.unfolds(page, "Décider une mesure")
    return acts.field(part, "Précisions")


def coordinator_on_a_case(
    cell: World, sits_down: SitsDown, apart: Apart[Any], **options: Any
) -> Desk:
    """The coordinator with an activated case open, and something typed beside its names."""
    case_id = apart(lambda: cell.activated(mark="ZZ"))
    desk = sits_down(cell.coordinator, **options)
    desk.signs_in()
    desk.opens(f"/dossiers/{case_id}/")
    return desk


@pytest.mark.parametrize("width", [1280, 390])
def test_a_name_asks_for_a_code_above_the_page_and_takes_nothing_away(
    cell: World, sits_down: SitsDown, apart: Apart[Any], width: int
) -> None:
    desk = coordinator_on_a_case(cell, sits_down, apart, width=width, expecting=("403",))
    page = desk.page
    note(page).fill(NOTE)
    desk.keeps_the_page()
    apart(lambda: stale(desk.person))
    revealing(page).focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Confirmer votre identité")
    dialog.wait_for()
    desk.clean()
    page.keyboard.type(desk.person.code(steps=1))
    page.keyboard.press("Enter")
    page.get_by_text(NAME).first.wait_for()
    assert desk.still_on_the_same_page()
    assert note(page).input_value() == NOTE
    live = page.locator("[data-live-state]").first
    until(page, lambda: live.get_attribute("data-state") == "live", what="the socket is back")
    assert desk.still_on_the_same_page()


def test_a_question_that_is_closed_changes_nothing(
    cell: World, sits_down: SitsDown, apart: Apart[Any]
) -> None:
    desk = coordinator_on_a_case(cell, sits_down, apart, expecting=("403", "422"))
    page = desk.page
    apart(lambda: stale(desk.person))
    button = revealing(page)
    button.click()
    dialog = page.get_by_role("dialog", name="Confirmer votre identité")
    dialog.wait_for()
    page.keyboard.type("000000")
    page.keyboard.press("Enter")
    dialog.get_by_text("Ce code n'est pas valable").first.wait_for()
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert page.get_by_text(NAME).count() == 0
    button.click()
    page.get_by_role("dialog", name="Confirmer votre identité").wait_for()


def test_without_script_the_act_goes_on_after_a_page(
    cell: World, browser: Any, sits_down: SitsDown, apart: Apart[Any]
) -> None:
    case_id = apart(lambda: cell.submitted(mark="ZZ"))
    desk = sits_down(cell.coordinator)
    desk.signs_in()
    plain = browser.new_context(java_script_enabled=False, locale="fr-FR")
    plain.add_cookies(desk.context.cookies())
    page = plain.new_page()
    page.goto(f"{desk.origin}/dossiers/{case_id}/")
    apart(lambda: stale(desk.person))
    revealing(page).click()
    page.get_by_role("heading", name="Confirmer votre identité").wait_for()
    page.get_by_label("Code").fill(desk.person.code(steps=1))
    page.get_by_role("button", name="Confirmer").click()
    page.get_by_role("button", name="Continuer").click()
    page.get_by_text(NAME).wait_for()
    plain.close()


def test_what_was_sent_as_a_page_goes_on_by_itself(
    cell: World, sits_down: SitsDown, apart: Apart[Any]
) -> None:
    """The administration adopts a version with a factor that has grown old meanwhile."""
    desk = sits_down(cell.cell_admin)
    desk.signs_in()
    desk.opens("/cellule/charte/")
    page = desk.page
    page.get_by_label("Règles propres à la cellule").fill("Le lundi.\nLe mardi.")
    apart(lambda: stale(desk.person))
    page.get_by_role("button", name="Adopter cette version").click()
    page.get_by_role("heading", name="Confirmer votre identité").wait_for()
    desk.clean()
    page.get_by_label("Code").fill(desk.person.code(steps=1))
    page.keyboard.press("Enter")
    page.wait_for_url("**/charte/")
    page.get_by_text("Votre signature est demandée").wait_for()
    assert "Le lundi." in page.locator("main").inner_text()
    desk.clean()
    page.get_by_label("J'ai lu la charte").check()
    page.get_by_role("button", name="Signer la charte").click()
    page.get_by_text("La charte est signée.").wait_for()


def test_a_new_charter_covers_what_is_being_typed_until_it_is_signed(
    cell: World, sits_down: SitsDown, apart: Apart[Any]
) -> None:
    desk = coordinator_on_a_case(cell, sits_down, apart, expecting=("403",))
    page = desk.page
    note(page).fill(NOTE)
    desk.keeps_the_page()

    def adopt() -> None:
        with acting_as(cell.cell_admin.viewer) as viewer:
            adopt_charter(viewer, additions="Une règle.", after=1)

    apart(adopt)
    cover = page.get_by_role("dialog", name="La charte a changé")
    cover.wait_for()
    with desk.context.expect_page() as opened:
        cover.get_by_role("link", name="Lire et signer").click()
    other = opened.value
    other.get_by_label("J'ai lu la charte").check()
    other.get_by_role("button", name="Signer la charte").click()
    other.get_by_text("La charte est signée.").wait_for()
    other.close()
    if cover.is_visible():
        # The page may go on by itself at this very moment: the button is pressed, seen or not.
        cover.locator("[data-session-resume]").evaluate("button => button.click()")
    cover.wait_for(state="hidden")
    assert desk.still_on_the_same_page()
    assert note(page).input_value() == NOTE


@pytest.mark.parametrize("width", [1280, 390])
def test_a_form_outlives_its_session(
    cell: World, sits_down: SitsDown, apart: Apart[Any], width: int
) -> None:
    desk = coordinator_on_a_case(cell, sits_down, apart, width=width, expecting=("401", "403"))
    page = desk.page
    apart(lambda: ends_in(6, desk))
    page.reload()
    part = acts.unfolds(page, "Décider une mesure")
    acts.field(part, "Précisions").fill(NOTE)
    desk.keeps_the_page()
    page.get_by_role("button", name="Rester connecté").wait_for()
    desk.clean()
    cover = page.get_by_role("dialog", name="Votre session a pris fin")
    cover.wait_for()
    desk.clean()
    assert not page.locator("main").is_visible()
    with desk.context.expect_page() as opened:
        cover.get_by_role("link", name="Se connecter").click()
    other = opened.value
    desk.signs_in(other, steps=1)
    other.close()
    if cover.is_visible():
        # The page may go on by itself at this very moment: the button is pressed, seen or not.
        cover.locator("[data-session-resume]").evaluate("button => button.click()")
    cover.wait_for(state="hidden")
    assert desk.still_on_the_same_page()
    assert acts.field(part, "Précisions").input_value() == NOTE
    acts.field(part, "Mesure").select_option(index=1)
    acts.field(part, "Service responsable").select_option(index=1)
    acts.field(part, "Avant le").fill(in_days(9).isoformat())
    part.get_by_role("button", name="Ajouter la mesure").click()
    page.get_by_text("La mesure est enregistrée").first.wait_for()


def test_one_press_keeps_somebody_signed_in_and_a_socket_does_not(
    cell: World, sits_down: SitsDown, apart: Apart[Any]
) -> None:
    desk = coordinator_on_a_case(cell, sits_down, apart, expecting=("401", "403"))
    page = desk.page
    apart(lambda: ends_in(8, desk))
    page.reload()
    stay = page.get_by_role("button", name="Rester connecté")
    stay.wait_for()
    page.wait_for_timeout(5000)
    stay.click()
    page.wait_for_timeout(5000)
    assert page.get_by_role("heading", level=1).first.is_visible()
    page.wait_for_url("**/connexion/**")


def test_after_leaving_nothing_is_left_in_the_browser(
    cell: World, sits_down: SitsDown, apart: Apart[Any], tmp_path: Path, browser: Any
) -> None:
    case_id = apart(lambda: cell.submitted(mark="ZZ"))
    person = apart(lambda: cell.coordinator.person)
    desk = sits_down(cell.coordinator)
    folder = tmp_path / "profile"
    kept = browser.browser_type.launch_persistent_context(
        folder, executable_path=os.environ["REMPART_CHROMIUM"], args=FLAGS, locale="fr-FR"
    )
    page = kept.new_page()
    desk.signs_in(page)
    page.goto(f"{desk.origin}/dossiers/{case_id}/")
    revealing(page).click()
    page.get_by_text(NAME).wait_for()
    page.goto(f"{desk.origin}/dossiers/")
    page.get_by_role("button", name="Se déconnecter").click()
    page.get_by_role("heading", name="Vous êtes déconnecté").wait_for()
    assert [one for one in kept.cookies() if one["name"] == "rempart"] == []
    for _each in range(3):
        page.go_back()
        page.wait_for_load_state()
        assert not NAME.search(page.content())
        assert person.email not in page.content()
    page.goto(f"{desk.origin}/dossiers/{case_id}/")
    page.wait_for_url("**/connexion/**")
    kept.close()
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    marked = [path for path in files if b"CibleZZ" in path.read_bytes()]
    assert marked == []
