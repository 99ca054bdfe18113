"""One case in real browsers, from the school's referral to the verified record.

School, coordination, prosecutor, gendarmerie and auditor each sit in front of a browser of their
own. What is announced as live is looked at without a reload.
"""

import os
import secrets
import subprocess
import sys
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.journeys import acts
from tests.journeys.conftest import Apart, SitsDown
from tests.journeys.desk import Desk, until
from tests.support.server import ROOT
from tests.support.world import World

pytestmark = pytest.mark.browser
PHONE = 390


def test_one_case_from_the_school_to_the_verified_record(
    cell: World, sits_down: SitsDown, apart: Apart[str]
) -> None:
    school = sits_down(cell.pilot, width=PHONE)
    coordination = sits_down(cell.coordinator)
    prosecutor = sits_down(cell.prosecutor)
    gendarmerie = sits_down(cell.gendarme, expecting=("status of 404",))
    auditor = sits_down(cell.auditor)
    for desk in (school, coordination, prosecutor, gendarmerie, auditor):
        desk.signs_in()
        desk.clean()
    brigade = apart(lambda: cell.gendarme.viewer.agency_name)
    college = apart(lambda: cell.pilot.viewer.agency_name)
    mark = secrets.token_hex(4)

    waits_for_news(coordination, "/dossiers/?etat=to_triage")
    reference = acts.escalates(school, mark)
    school.clean()
    acts.shows(coordination.page, reference)
    assert coordination.still_on_the_same_page()
    coordination.clean()

    waits_for_news(prosecutor, "/dossiers/?etat=to_activate")
    acts.opens_case(coordination, reference)
    coordination.clean()
    acts.reveals(coordination, f"Lina{mark} Valmont{mark}")
    acts.triages(coordination)
    acts.shows(prosecutor.page, reference)
    assert prosecutor.still_on_the_same_page()

    acts.opens_case(prosecutor, reference)
    prosecutor.clean()
    coordination.keeps_the_page()
    prosecutor.page.get_by_role("button", name="Activer la cellule").click()
    acts.shows(coordination.page, "Décider une mesure")
    assert coordination.still_on_the_same_page()

    waits_for_news(gendarmerie, "/partages/")
    acts.shares(coordination, brigade, "Faits")
    coordination.clean()
    acts.shows(gendarmerie.page, "Accepter et ouvrir le dossier")
    assert gendarmerie.still_on_the_same_page()
    gendarmerie.clean()
    assert mark not in acts.text_of(gendarmerie.page)
    assert reference not in acts.text_of(gendarmerie.page)
    gendarmerie.page.get_by_role("button", name="Accepter et ouvrir le dossier").click()
    gendarmerie.page.get_by_role("heading", level=1, name=reference).wait_for()
    sees_the_facts_and_nothing_else(gendarmerie, mark)
    gendarmerie.clean()
    shared_page = urlsplit(gendarmerie.page.url).path

    meet(coordination, gendarmerie, brigade)

    acts.opens_case(coordination, reference)
    acts.orders_measure(coordination, college)
    coordination.clean()
    acts.resolves(coordination)
    school.page.get_by_role("link", name="Voir le dossier").click()
    school.page.get_by_role("heading", level=1, name=reference).wait_for()
    school.keeps_the_page()
    acts.answers_school(coordination)
    acts.shows(school.page, "Mesures mises en œuvre")
    assert school.still_on_the_same_page()
    school.clean()
    closes(coordination)
    acts.shows(school.page, "Clôturée")

    gendarmerie.opens(shared_page)
    assert "Cette page n'existe pas" in gendarmerie.page.get_by_role("main").inner_text()
    assert mark not in acts.text_of(gendarmerie.page)

    verifies(auditor, reference, brigade, mark)


def waits_for_news(desk: Desk, path: str) -> None:
    """Open a list and leave it alone until something appears."""
    desk.opens(path)
    acts.shows(desk.page, "En direct")
    desk.keeps_the_page()


def sees_the_facts_and_nothing_else(gendarmerie: Desk, mark: str) -> None:
    """The compartment that was shared, no name, no step of the school, nobody else's share."""
    text = acts.text_of(gendarmerie.page)
    assert f"Insultes à chaque récréation {mark}." in text
    for hidden in (
        f"Valmont{mark}",
        f"Lina{mark}",
        "L.V.",
        "Élève cible",
        "Afficher le nom",
        "Ce que l'établissement a déjà fait",
        "Parents de l'élève",
        "Retirer",
        "Décider une mesure",
    ):
        assert hidden not in text, hidden


def meet(coordination: Desk, gendarmerie: Desk, brigade: str) -> None:
    """Two people in two browsers see each other arrive; a decision of one appears at the other."""
    acts.convenes(coordination, brigade)
    here, there = coordination.page, gendarmerie.page
    coordination.keeps_the_page()
    names = "#people .person-name"
    until(here, lambda: here.locator(names).count() == 1, what="who opened the room is seen")
    coordination.settles()
    there.get_by_role("link", name="Réunions").click()
    there.locator("main table a").first.click()
    until(here, lambda: here.locator(names).count() == 2, what="the second person arrives")
    until(there, lambda: there.locator(names).count() == 2, what="both are seen from there")
    coordination.clean()
    gendarmerie.clean()
    gendarmerie.settles()
    acts.decides(coordination, "Un adulte référent dès lundi.")
    coordination.keeps_the_page()
    acts.shows(there, "Un adulte référent dès lundi.")
    there.get_by_role("link", name="Accueil").first.click()
    until(here, lambda: here.locator(names).count() == 1, within=40, what="one person leaves")
    assert coordination.still_on_the_same_page()
    here.get_by_role("button", name="Terminer la réunion").click()
    coordination.clean()
    here.get_by_role("dialog").get_by_role("button", name="Terminer la réunion").click()
    here.get_by_text("La réunion est terminée").wait_for()


def closes(coordination: Desk) -> None:
    """Close the case."""
    coordination.page.get_by_role("button", name="Clore le dossier").click()
    coordination.page.get_by_text("Le dossier est clos").wait_for()


def verifies(auditor: Desk, reference: str, brigade: str, mark: str) -> None:
    """Who saw the case, and whether the record of it is whole."""
    seal()
    page = auditor.page
    page.get_by_role("link", name="Journal").first.click()
    unfolds_on_a_phone(page)
    page.get_by_label("Dossier").fill(reference)
    page.get_by_role("button", name="Filtrer").click()
    table = page.locator("main table")
    table.wait_for()
    auditor.clean()
    reading = table.locator("tr").filter(has_text=brigade).filter(has_text="Dossier consulté")
    assert reading.count() >= 1, "that the gendarmerie opened the case is on record"
    assert mark not in acts.text_of(page)
    page.get_by_role("link", name="Vérifier le journal").click()
    page.get_by_role("button", name="Vérifier maintenant").click()
    page.get_by_text("Le journal est intact").wait_for()
    auditor.clean()


def unfolds_on_a_phone(page: Any) -> None:
    """The state of the record and all but one filter are folded there, and only there."""
    state, person = page.get_by_text("Dernier point de contrôle"), page.get_by_label("Personne")
    expect(state).to_be_visible()
    expect(person).to_be_visible()
    wide = page.viewport_size
    page.set_viewport_size({"width": PHONE, "height": 844})
    expect(state).to_be_hidden()
    expect(person).to_be_hidden()
    assert page.get_by_label("Dossier").bounding_box()["y"] < 844, "on the first screen"
    for which in range(2):
        page.locator("main summary").nth(which).press("Enter")
    expect(state).to_be_visible()
    expect(person).to_be_visible()
    page.set_viewport_size(wide)


def seal() -> None:
    """What the sealer's process does all the time.

    It may end with a complaint about the log of another cell, damaged on purpose by another test.
    """
    environment = os.environ | {
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'platform'}"
        f"{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
        "REMPART_TEST_DB": str(settings.DATABASES["default"]["NAME"]),
    }
    command = [sys.executable, "manage.py", "audit_seal", "--once"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert "entries sealed" in done.stdout, done.stderr
