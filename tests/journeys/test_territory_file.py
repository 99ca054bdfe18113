"""A table of communes from one's own disk, in a browser: read, refused, and kept."""

from typing import Any

import pytest

from agencies.models import Coverage
from agencies.operator import ALIAS
from tests.journeys.conftest import Apart, SitsDown
from tests.support.world import World, stale

pytestmark = pytest.mark.browser
HERE = "/cellule/territoire/prosecutor/tableau/"


def chooses(page: Any, content: bytes) -> None:
    """Choose the file as from the disk and send the form with the keyboard."""
    file = {"name": "communes.csv", "mimeType": "text/csv", "buffer": content}
    page.get_by_label("Fichier CSV").set_input_files(file)
    page.get_by_role("button", name="Importer").press("Enter")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_file_as_spreadsheets_write_it_is_read_after_one_that_is_too_large(
    cell: World, sits_down: SitsDown, apart: Apart[Any], width: int
) -> None:
    office = apart(lambda: cell.prosecutor.accession.agency.name)
    lines = [f"{commune.insee};{office}" for commune in cell.communes]
    desk = sits_down(cell.cell_admin, width=width, expecting=("422 (Unprocessable",))
    page = desk.page
    desk.signs_in()
    desk.opens(HERE)
    page.get_by_label("Ou le tableau lui-même").fill("Valbrume;déjà tapé")
    chooses(page, b"75056;Parquet\r\n" * 700_000)
    page.get_by_text("Ce fichier est trop long").first.wait_for()
    desk.clean()
    assert page.get_by_label("Ou le tableau lui-même").input_value() == "Valbrume;déjà tapé"
    chooses(page, "\r\n".join([*lines, f"Été;{office}"]).encode("cp1252"))
    page.get_by_text("Aucune commune d'ici ne s'appelle « Été ».").first.wait_for()
    desk.clean()
    apart(lambda: stale(desk.person))
    chooses(page, "\r\n".join(lines).encode("cp1252"))
    page.get_by_role("heading", name="Confirmer votre identité").wait_for()
    page.get_by_label("Code").fill(desk.person.code(steps=1))
    page.keyboard.press("Enter")
    page.get_by_text(f"{len(lines)} communes sont lues et enregistrées.").wait_for()
    covered = Coverage.objects.using(ALIAS).filter(cell=cell.cell)
    assert apart(covered.count) == len(lines)
