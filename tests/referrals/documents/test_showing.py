"""What is shown or taken away carries the name of who looks, and nothing of where it came from."""

import io

import pikepdf
import pypdfium2
import pytest
from django.urls import reverse
from PIL import Image

from kernel.scope import acting_as
from referrals.compartments import Compartment
from referrals.sharing.services import answer
from tests.support.database import admin
from tests.support.documents import PNG, a_document, a_docx, a_pdf, an_odt, pdf_of
from tests.support.searching import database_name


def shown(seat, document_id, number=1):
    return seat.browser.get(reverse("referrals:document_page", args=[document_id, number]))


def opened(seat, document_id, query=""):
    return seat.browser.get(reverse("referrals:document", args=[document_id]) + query)


def taken(seat, document_id):
    return seat.browser.get(reverse("referrals:download_document", args=[document_id]))


def text_of(pdf: bytes) -> str:
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


def picture_of(response) -> Image.Image:
    assert response.status_code == 200, response.content[:200]
    assert response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["Cache-Control"] == "no-store"
    return Image.open(io.BytesIO(response.content))


def test_a_page_is_shown_as_a_picture_that_names_its_reader(world):
    case_id = world.submitted()
    document_id = a_document(world.pilot, case_id)
    page = opened(world.coordinator, document_id)
    assert reverse("referrals:document_page", args=[document_id, 1]) in page.text
    mine = picture_of(shown(world.coordinator, document_id))
    theirs = picture_of(shown(world.prosecutor, document_id))
    assert mine.size == theirs.size
    assert mine.tobytes() != theirs.tobytes()
    blank = Image.new("L", mine.size, 255)
    marked = sum(1 for point in mine.convert("L").tobytes() if point < 250)
    assert marked > sum(1 for point in blank.tobytes() if point < 250) + 1000


def test_a_file_that_is_taken_away_names_who_took_it(world):
    case_id = world.submitted()
    document_id = a_document(world.pilot, case_id, content=a_pdf("Un compte rendu"))
    text = text_of(taken(world.coordinator, document_id).content)
    assert "Un compte rendu" in text
    assert world.coordinator.viewer.display_name in text
    assert world.coordinator.viewer.agency_name in text
    assert world.prosecutor.viewer.display_name not in text
    photo = a_document(world.pilot, case_id, content=_white(), name="photo.png")
    marked = Image.open(io.BytesIO(taken(world.coordinator, photo).content))
    assert marked.convert("L").getextrema()[0] < 240
    assert marked.info == {}


def test_each_page_of_a_longer_document_has_its_place(world):
    pages = [b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] >>"] * 3
    root = b"<< /Type /Pages /Kids [3 0 R 4 0 R 5 0 R] /Count 3 >>"
    book = pdf_of([b"<< /Type /Catalog /Pages 2 0 R >>", root, *pages])
    document_id = a_document(world.pilot, world.submitted(), content=book)
    second = opened(world.pilot, document_id, "?page=2")
    assert "Page 2 sur 3" in second.text
    assert "?page=1" in second.text
    assert "?page=3" in second.text
    assert shown(world.pilot, document_id, 3).status_code == 200
    for beyond in (0, 4, 999_999):
        assert shown(world.pilot, document_id, beyond).status_code == 404
    for odd in ("?page=x", "?page=-1", "?page=99999999999", "?page="):
        assert opened(world.pilot, document_id, odd).status_code == 200


@pytest.mark.parametrize("content", [a_docx("Vu &amp; entendu"), an_odt("Vu &amp; entendu")])
def test_a_letter_is_shown_as_plain_text(world, content):
    document_id = a_document(world.pilot, world.submitted(), content=content)
    page = opened(world.coordinator, document_id)
    assert "Vu &amp; entendu" in page.text
    assert world.coordinator.viewer.display_name in page.text
    assert shown(world.coordinator, document_id).status_code == 404


def test_what_waits_for_the_scanner_can_be_looked_at_and_not_taken(world, settings):
    case_id = world.submitted()
    settings.CLAMD = ""
    document_id = a_document(world.pilot, case_id, content=PNG)
    assert picture_of(shown(world.coordinator, document_id))
    assert "En attente de vérification" in opened(world.coordinator, document_id).text
    assert taken(world.coordinator, document_id).status_code == 409


def test_nobody_looks_once_their_share_has_ended(world):
    case_id = world.activated()
    document_id = a_document(world.pilot, case_id)
    share = world.shared(case_id, world.gendarme, Compartment.FACTS)
    for look in (shown, opened, taken):
        assert look(world.gendarme, document_id).status_code == 200
        assert look(world.police, document_id).status_code == 404
    with acting_as(world.coordinator.viewer) as viewer:
        answer.revoke(viewer, share)
    for look in (shown, opened, taken):
        assert look(world.gendarme, document_id).status_code == 404


def test_each_look_is_on_record(world):
    case_id = world.submitted()
    pdf, letter = (
        a_document(world.pilot, case_id),
        a_document(world.pilot, case_id, content=a_docx()),
    )
    shown(world.coordinator, pdf)
    opened(world.coordinator, letter)
    taken(world.coordinator, pdf)
    with admin(database_name()) as connection:
        rows = connection.execute(
            "SELECT subject_id, payload::json -> 'facts' ->> 'how' FROM (SELECT id, subject_id,"
            " convert_from(payload, 'UTF8') AS payload FROM audit_entry WHERE cell_id = %s"
            " AND kind = 'document.read') e ORDER BY id",
            [world.cell.pk],
        ).fetchall()
    assert rows == [(pdf, "preview"), (letter, "preview"), (pdf, "download")]


def test_the_mark_is_written_over_a_page_that_turns_everything(world):
    """Whatever the page has set for its own lines, the words stand upright and on the page."""
    stream = b"<< /Length 27 >>\nstream\n0.01 0 0 0.01 900 900 cm q\nendstream"
    content = pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>",
            stream,
        ]
    )
    document_id = a_document(world.pilot, world.submitted(), content=content)
    pdf = taken(world.coordinator, document_id).content
    assert world.coordinator.viewer.display_name in text_of(pdf)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert "/Info" not in document.trailer
        assert "/Metadata" not in document.Root
    drawn = pypdfium2.PdfDocument(pdf)[0].render(scale=1, grayscale=True).to_pil()
    assert drawn.crop((0, 0, 595, 400)).getextrema()[0] < 240


def _white() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (400, 300), "white").save(out, "PNG")
    return out.getvalue()
