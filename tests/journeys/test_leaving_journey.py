"""Ending access, planning an absence and making a token, by keyboard, on both sizes of screen."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse

from agencies.models import EndReason
from agencies.services.end_access import end_agency
from kernel.clock import now
from kernel.scope import acting_as
from referrals.casework.services.add_measure import add_measure
from referrals.models.history import MeasureKind
from tests.support.world import Seated, in_days, lead_of

WIDTHS = pytest.mark.parametrize("width", [1280, 390])


def press(desk, label: str) -> None:
    """Reach a button with the keyboard alone and press it."""
    page = desk.page
    for _step in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement?.textContent?.trim()") == label:
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"{label} is not reached with the Tab key")


def look(desk, name: str, width: int) -> None:
    """Keep a picture when somebody wants to look at it."""
    folder = os.environ.get("REMPART_PICTURES")
    if folder:
        desk.page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


@WIDTHS
def test_a_cells_administration_ends_an_access_by_keyboard(cell, apart, sits_down, width):
    gone = sits_down(cell.gendarme, width=width, expecting=("401", "403"))
    gone.signs_in()
    desk = sits_down(cell.cell_admin, width=width)
    desk.signs_in()
    seat_id = apart(lambda: cell.gendarme.person.seat_id)
    desk.opens(reverse("agencies:end_person", args=[seat_id]))
    look(desk, "fin-personne", width)
    desk.page.get_by_label("Compte ou appareil compromis").focus()
    desk.page.keyboard.press("Space")
    press(desk, "Mettre fin à l'accès")
    desk.page.get_by_text("L'accès est terminé. Les sessions ouvertes se ferment.").wait_for()
    look(desk, "fin-personne-faite", width)
    gone.opens("/partages/")
    gone.page.wait_for_url("**/connexion/**")


@WIDTHS
def test_a_school_is_cut_off_by_keyboard(cell, apart, sits_down, width):
    apart(lambda: cell.pilot.viewer)
    desk = sits_down(cell.cell_admin, width=width, expecting=("422",))
    desk.signs_in()
    desk.opens(reverse("agencies:end_agency", args=[cell.pilot.accession_id]))
    look(desk, "fin-organisme", width)
    press(desk, "Couper l'accès")
    desk.page.get_by_text("Ce champ est obligatoire").first.wait_for()
    look(desk, "fin-organisme-refus", width)
    desk.page.get_by_label("Compte ou appareil compromis").focus()
    desk.page.keyboard.press("Space")
    press(desk, "Couper l'accès")
    desk.page.get_by_text("C'est fait.").wait_for()
    look(desk, "fin-organisme-faite", width)


@WIDTHS
def test_a_person_plans_an_absence(cell, apart, sits_down, width):
    deputy = Seated(cell.coordinator.accession, "agency_partner")
    name = apart(lambda: (deputy.viewer, deputy.person.memberships[0].display_name)[1])
    desk = sits_down(cell.coordinator, width=width)
    desk.signs_in()
    desk.opens("/compte/absence/")
    look(desk, "absence-vide", width)
    desk.page.get_by_label("Qui remplace ?").select_option(index=1)
    today = now().date()
    desk.page.get_by_label("Premier jour").fill(today.isoformat())
    desk.page.get_by_label("Dernier jour").fill((today + timedelta(days=12)).isoformat())
    press(desk, "Prévoir le remplacement")
    desk.page.get_by_text("Le remplacement est noté.").wait_for()
    assert name in desk.page.content()
    look(desk, "absence", width)
    admin = sits_down(cell.cell_admin, width=width)
    admin.signs_in()
    admin.opens("/compte/absence/")
    look(admin, "absence-a-confirmer", width)
    press(admin, "Confirmer")
    admin.page.get_by_text("Le remplacement est confirmé.").wait_for()


@WIDTHS
def test_a_token_is_made_and_revoked(cell, sits_down, width):
    desk = sits_down(lead_of(cell.gendarme), width=width, expecting=("422",))
    desk.signs_in()
    desk.opens("/jetons/")
    look(desk, "jetons-vide", width)
    desk.page.get_by_role("link", name="Nouveau jeton").click()
    look(desk, "jeton-nouveau", width)
    desk.page.get_by_label("Organisme *").select_option(index=1)
    desk.page.get_by_label("Nom du système").fill("Main courante du service")
    desk.page.get_by_label("Lire les partages reçus").check()
    press(desk, "Créer le jeton")
    desk.page.get_by_text("Copiez-le maintenant").wait_for()
    assert "rpt_" in desk.page.content()
    look(desk, "jeton-cree", width)
    desk.page.get_by_role("link", name="J'ai copié le jeton").click()
    look(desk, "jetons", width)
    press(desk, "Révoquer")
    desk.page.get_by_text("Le jeton est révoqué").wait_for()


@WIDTHS
def test_coordination_reassigns_a_measure(cell, apart, sits_down, width):
    def prepared() -> None:
        case_id = cell.activated()
        cell.shared(case_id, cell.gendarme)
        cell.shared(case_id, cell.police)
        with acting_as(cell.coordinator.viewer) as viewer:
            add_measure(
                viewer,
                case_id,
                kind=MeasureKind.SUPERVISION,
                owner_accession=cell.gendarme.accession_id,
                due_on=in_days(7),
            )
        cell.draft()
        with acting_as(cell.cell_admin.viewer) as viewer:
            for seat in (cell.gendarme, cell.pilot):
                end_agency(viewer, seat.accession_id, reason=EndReason.LEFT, whole=True)

    apart(prepared)
    desk = sits_down(cell.coordinator, width=width)
    desk.signs_in()
    desk.opens("/dossiers/a-reattribuer/")
    look(desk, "a-reattribuer", width)
    name = apart(lambda: cell.police.accession.agency.name)
    desk.page.get_by_label("Confier à").select_option(label=name)
    press(desk, "Confier la mesure")
    desk.page.get_by_text("La mesure est confiée à un autre service").wait_for()
    look(desk, "a-reattribuer-faite", width)
