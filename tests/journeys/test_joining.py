"""From an invitation to the first page and to a second role, in a browser, at two widths."""

from typing import Any

import pytest

from tests.agencies.factories import a_person, an_accession
from tests.agencies.inviting import GOOD_PASSWORD, a_proposal, code_of, link_to, sent_by
from tests.journeys.conftest import Apart, SitsDown
from tests.journeys.test_keyboard import tabs_to
from tests.support.world import Seated, World

pytestmark = pytest.mark.browser


def account_of(address: str) -> Any:
    from agencies.models import Account

    return Account.objects.using("operator").get(email=address).pk


@pytest.mark.parametrize("width", [1280, 390])
def test_somebody_joins_with_the_keyboard_alone(
    cell: World, sits_down: SitsDown, apart: Apart[Any], width: int
) -> None:
    proposal = apart(lambda: a_proposal(cell.police.accession))
    apart(lambda: sent_by(cell.cell_admin.person, proposal))
    link = apart(lambda: link_to(proposal.address))
    desk = sits_down(cell.police, width=width)
    page, keys = desk.page, desk.page.keyboard
    desk.opens(link)
    desk.clean()
    tabs_to(page, "Mot de passe")
    keys.type(GOOD_PASSWORD)
    tabs_to(page, "Le même mot de passe")
    keys.type(GOOD_PASSWORD)
    keys.press("Enter")
    page.wait_for_url("**/invitation/application/")
    desk.clean()
    tabs_to(page, "Code")
    keys.type(apart(lambda: code_of(account_of(proposal.address))))
    keys.press("Enter")
    page.wait_for_url(desk.origin + "/")
    if width == 390:
        page.get_by_role("button", name="Menu").click()
    assert apart(lambda: cell.police.accession.agency.name) in page.inner_text("header")


def test_an_administrator_invites_and_a_second_one_confirms(
    cell: World, sits_down: SitsDown, apart: Apart[Any]
) -> None:
    second = Seated(cell.cell_admin.accession, "cell_admin")
    place = apart(lambda: cell.auditor.accession.agency.name)
    desk, other = sits_down(cell.cell_admin), sits_down(second, width=390)
    desk.signs_in()
    desk.opens("/personnes/")
    desk.clean()
    desk.page.get_by_role("link", name="Inviter une personne").click()
    desk.clean()
    desk.page.get_by_role("combobox", name="Organisme").select_option(label=place)
    desk.page.get_by_label("Prénom et nom").fill("Morgane Lavoisier")
    desk.page.get_by_label("Adresse").fill("morgane@essais.exemple")
    desk.page.get_by_label("Contrôle des accès").check()
    desk.page.get_by_role("button", name="Inviter").click()
    desk.page.get_by_text("une deuxième personne l'aura confirmée").wait_for()
    desk.clean()
    other.signs_in()
    other.opens("/personnes/a-confirmer/")
    other.clean()
    other.page.get_by_role("link", name="Morgane Lavoisier").click()
    other.clean()
    other.page.get_by_role("button", name="Confirmer et envoyer").click()
    other.page.get_by_text("confirmée et envoyée").wait_for()
    other.clean()
    desk.opens(f"/personnes/{apart(lambda: cell.gendarme.person.seat_id)}/")
    desk.clean()
    desk.page.get_by_role("link", name="Changer les rôles").click()
    desk.clean()
    desk.page.get_by_label("Responsable dans son organisme").check()
    desk.page.get_by_role("button", name="Enregistrer le changement").click()
    desk.page.get_by_text("Le changement attend").wait_for()
    desk.clean()


def test_what_a_stale_tab_sends_is_kept_and_found_again(
    cell: World, sits_down: SitsDown, apart: Apart[Any]
) -> None:
    person = apart(lambda: a_person(cell.pilot.accession, "school_pilot"))
    elsewhere = apart(lambda: an_accession(cell.cell, kind="police"))
    apart(lambda: person.joins(elsewhere, "agency_partner"))
    seat = Seated(cell.pilot.accession, "school_pilot")
    seat.__dict__["person"] = person
    desk = sits_down(seat, expecting=("409",))
    page = desk.page
    page.goto(desk.origin + "/connexion/")
    page.get_by_label("Adresse").fill(person.email)
    page.get_by_label("Mot de passe").fill(person.password)
    page.get_by_role("button", name="Continuer").click()
    page.get_by_label("Code").fill(person.code())
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_label(apart(lambda: cell.pilot.accession.agency.name)).check()
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url(desk.origin + "/")
    page.goto(desk.origin + "/saisines/recherche/")
    other = desk.another_tab()
    other.goto(desk.origin + "/")
    other.get_by_text("Changer de rôle").click()
    desk.clean(other)
    other.get_by_role("button", name=apart(lambda: elsewhere.agency.name)).click()
    other.get_by_text("Vous agissez maintenant pour").wait_for()
    desk.clean(other)
    page.get_by_label("Nom").first.fill("De la Tour")
    page.get_by_role("main").locator("button").first.click()
    page.get_by_role("heading", name="Vous avez changé de rôle dans un autre onglet").wait_for()
    desk.clean()
    page.get_by_role("button", name="Reprendre ce rôle et ma saisie").click()
    page.get_by_role("heading", name="Votre saisie est retrouvée").wait_for()
    desk.clean()
    assert "De la Tour" in page.get_by_role("main").inner_text()
