"""A document from the school's computer to the cell's screen, with a connection that breaks."""

import io
import os
import random
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.journeys.conftest import Apart, SitsDown
from tests.journeys.desk import Desk, until
from tests.support.documents import a_document
from tests.support.world import World

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("REMPART_SHOTS")
"""A folder for pictures of the pages, for whoever wants to look at them."""


def a_photo() -> bytes:
    """Some two megabytes, so that it comes in several parts."""
    noise, out = random.Random(5), io.BytesIO()
    picture = Image.frombytes("RGB", (900, 700), noise.randbytes(900 * 700 * 3))
    picture.save(out, "PNG", compress_level=0)
    return out.getvalue()


def pictured(desk: Desk, name: str) -> None:
    if SHOTS:
        desk.page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def chooses(page: Any, name: str, content: bytes) -> None:
    file = {"name": name, "mimeType": "image/png", "buffer": content}
    page.locator("input[type='file']").set_input_files(file)


class Line:
    """A connection that breaks twice, and holds what comes next until the test has looked."""

    def __init__(self, page: Any) -> None:
        self.broken: list[str] = []
        self._held: list[Any] = []
        self._open = {"ask": False, "part": False}
        page.route("**/parts/", self._sends)
        page.route(self._is_question, lambda route: self._goes(route, "ask"))

    def asks_again(self) -> None:
        """The server is asked how much has arrived."""
        self._opens("ask")

    def mended(self) -> None:
        """Parts arrive from now on."""
        self._opens("part")

    def _sends(self, route: Any) -> None:
        if len(self.broken) < 2:
            self.broken.append(route.request.url)
            route.abort("connectionfailed")
        else:
            self._goes(route, "part")

    def _is_question(self, url: str) -> bool:
        return url in {one.removesuffix("parts/") for one in self.broken}

    def _goes(self, route: Any, kind: str) -> None:
        if self._open[kind]:
            route.continue_()
        else:
            self._held.append(route)

    def _opens(self, kind: str) -> None:
        self._open[kind] = True
        held, self._held = self._held, []
        for route in held:
            route.continue_()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_file_is_sent_through_a_broken_line_and_looked_at(
    cell: World, sits_down: SitsDown, apart: Apart[Any], width: int
) -> None:
    case_id = apart(cell.submitted)
    expecting = ("Failed to load resource", "net::ERR")
    school = sits_down(cell.pilot, width=width, expecting=expecting)
    school.signs_in()
    page = school.page
    page.goto(f"{school.origin}/dossiers/{case_id}/")
    page.get_by_role("link", name="Ajouter un document").click()
    line = Line(page)
    chooses(page, "Cour de récréation.png", a_photo())
    page.get_by_label("Oui").check()
    page.get_by_text("3018").first.wait_for()
    pictured(school, f"refused-{width}")
    page.get_by_label("Non").check()
    page.get_by_label("De quoi s'agit-il ?").select_option(label="Capture d'écran")
    page.get_by_label("Capture faite le").fill("2026-11-02")
    page.get_by_label("D'où vient la capture").fill("Groupe de classe")
    page.get_by_label("Faits", exact=True).check()
    school.clean()
    page.get_by_role("button", name="Ajouter le document").press("Enter")
    page.get_by_text("Connexion interrompue").first.wait_for()
    line.asks_again()
    page.get_by_text("Envoi du fichier").wait_for()
    pictured(school, f"sending-{width}")
    line.mended()
    page.wait_for_url(f"**/dossiers/{case_id}/#documents")
    assert len(line.broken) == 2
    page.get_by_role("link", name="Cour de récréation.png").wait_for()
    pictured(school, f"case-{width}")
    school.clean()

    coordination = sits_down(cell.coordinator, width=width)
    coordination.signs_in()
    page = coordination.page
    page.goto(f"{coordination.origin}/dossiers/{case_id}/")
    page.get_by_role("link", name="Cour de récréation.png").click()
    picture = page.get_by_role("img", name="Cour de récréation.png, page 1 sur 1")
    until(page, lambda: picture.evaluate("one => one.naturalWidth > 0"), what="the page is drawn")
    pictured(coordination, f"document-{width}")
    coordination.clean()
    with page.expect_download() as started:
        page.get_by_role("link", name="Télécharger").press("Enter")
    assert started.value.suggested_filename == "Cour de récréation.png"


def test_a_file_that_is_refused_says_what_to_do(
    cell: World, sits_down: SitsDown, apart: Apart[Any]
) -> None:
    case_id = apart(cell.submitted)
    school = sits_down(cell.pilot, expecting=("status of 422",))
    school.signs_in()
    page = school.page
    page.goto(f"{school.origin}/dossiers/{case_id}/documents/ajouter/")
    chooses(page, "page.png", b"<html><script>alert(1)</script></html>")
    page.get_by_label("Non").check()
    page.get_by_label("De quoi s'agit-il ?").select_option(label="Photo")
    page.get_by_label("Faits", exact=True).check()
    page.get_by_role("button", name="Ajouter le document").click()
    page.get_by_text("Ce fichier n'est pas d'un type accepté").first.wait_for()
    pictured(school, "wrong-1280")
    assert page.get_by_text("Déjà reçu").count() == 0
    assert page.get_by_label("De quoi s'agit-il ?").input_value() == "photo"
    school.clean()


def test_an_intimate_image_never_leaves_and_a_mistake_is_destroyed(
    cell: World, sits_down: SitsDown, apart: Apart[Any]
) -> None:
    case_id = apart(cell.submitted)
    document_id = apart(lambda: a_document(cell.pilot, case_id, name="Mauvais.pdf"))
    school = sits_down(cell.pilot, width=390, expecting=("Failed to load resource",))
    school.signs_in()
    page, sent = school.page, []
    page.on("request", lambda request: sent.append((request.url, request.post_data_buffer)))
    page.goto(f"{school.origin}/dossiers/{case_id}/documents/ajouter/")
    photo = a_photo()
    chooses(page, "non.png", photo)
    page.get_by_label("Oui").check()
    page.get_by_label("De quoi s'agit-il ?").select_option(label="Photo")
    page.get_by_label("Faits", exact=True).check()
    page.get_by_role("button", name="Ajouter le document").press("Enter")
    page.get_by_text("Une image intime d'un élève ne se dépose pas ici").first.wait_for()
    assert page.get_by_text("Choisissez un fichier").count() == 0
    assert not [url for url, _body in sent if "/uploads/" in url]
    assert all(photo[:200] not in (body or b"") for _url, body in sent)
    pictured(school, "intimate-390")
    page.goto(f"{school.origin}/documents/{document_id}/")
    page.get_by_role("link", name="Détruire").press("Enter")
    page.get_by_label("Ce n'est pas le bon fichier").press("Space")
    school.clean()
    pictured(school, "destroy-390")
    page.set_viewport_size({"width": 1280, "height": 900})
    pictured(school, "destroy-1280")
    page.get_by_role("button", name="Détruire").press("Enter")
    page.wait_for_url(f"**/dossiers/{case_id}/#documents")
    page.get_by_text("Personne ne peut plus le lire").wait_for()
    assert page.get_by_role("link", name="Mauvais.pdf").count() == 0
    school.clean()
    pictured(school, "destroyed-1280")
