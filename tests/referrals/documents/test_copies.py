"""A copy for one agency: nothing of what was taken out is in it, and it opens nothing more."""

import io

import pikepdf
import pypdfium2
import pytest
from django.urls import reverse
from PIL import Image

from kernel.errors import Invalid, NotAllowed, NotFound, WrongState
from kernel.files.workshop import have_done
from kernel.scope import acting_as
from referrals.casefile.selectors import case_file
from referrals.compartments import Compartment
from referrals.documents.services import redact as redacting
from referrals.documents.services.redact import Zone
from referrals.sharing.audience import thing_for
from referrals.sharing.explaining import explain
from referrals.sharing.received import received
from referrals.sharing.services import answer
from tests.support.database import admin
from tests.support.documents import a_document, a_docx, a_pdf, pdf_of
from tests.support.searching import database_name
from tests.support.uploads import holds
from tests.support.walls import injected, refusal

SAID = "Nina Alba et Paul Brume"


def copied(seat, document_id, to, *, words=("Nina Alba",), zones=()):
    with acting_as(seat.viewer) as viewer:
        wanted = redacting.begin_copy(
            viewer, document_id, recipient=to.accession_id, zones=zones, words=words
        )
    made = redacting.make_copy(wanted)
    with acting_as(seat.viewer) as viewer:
        return redacting.keep_copy(viewer, wanted, made).pk


def taken(seat, document_id):
    return seat.browser.get(reverse("referrals:download_document", args=[document_id]))


def listed(seat, case_id):
    with acting_as(seat.viewer) as viewer:
        return {line.id for line in case_file(viewer, case_id).documents}


def text_of(pdf: bytes) -> str:
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


def test_one_agency_sees_the_copy_and_everybody_else_the_original(world):
    case_id = world.activated()
    document_id = a_document(world.pilot, case_id, content=a_pdf(SAID))
    for seat in (world.gendarme, world.police):
        world.shared(case_id, seat, Compartment.FACTS)
    copy_id = copied(world.coordinator, document_id, world.gendarme)
    assert listed(world.gendarme, case_id) == {copy_id}
    assert listed(world.police, case_id) == {document_id}
    assert listed(world.pilot, case_id) == {document_id}
    assert listed(world.coordinator, case_id) == {document_id, copy_id}
    assert taken(world.gendarme, document_id).status_code == 404
    assert taken(world.police, copy_id).status_code == 404
    assert taken(world.pilot, copy_id).status_code == 404
    original = text_of(taken(world.police, document_id).content)
    assert SAID in original
    copy = taken(world.gendarme, copy_id).content
    assert "Nina" not in text_of(copy)
    assert "Brume" not in text_of(copy)
    assert not holds(copy, "Nina Alba")
    with injected(world.gendarme) as connection:
        rows = connection.execute("SELECT id FROM referrals_document").fetchall()
    assert rows == [(copy_id,)]


def test_a_copy_opens_nothing_to_who_has_no_share(world):
    """Made before there is a share, it waits; it is seen with the share and gone with it."""
    case_id = world.activated()
    document_id = a_document(world.pilot, case_id, content=a_pdf(SAID))
    copy_id = copied(world.coordinator, document_id, world.gendarme)
    assert taken(world.gendarme, copy_id).status_code == 404
    share = world.shared(case_id, world.gendarme, Compartment.FACTS)
    assert listed(world.gendarme, case_id) == {copy_id}
    with acting_as(world.coordinator.viewer) as viewer:
        answer.revoke(viewer, share)
    assert taken(world.gendarme, copy_id).status_code == 404
    other = world.shared(case_id, world.gendarme, Compartment.SCHOOL_STEPS)
    assert listed(world.gendarme, case_id) == set(), other


def test_a_later_copy_takes_the_place_of_an_earlier_one(world):
    case_id = world.activated()
    document_id = a_document(world.pilot, case_id, content=a_pdf(SAID))
    world.shared(case_id, world.gendarme, Compartment.FACTS)
    first = copied(world.coordinator, document_id, world.gendarme)
    second = copied(world.coordinator, document_id, world.gendarme, words=("Paul Brume",))
    assert listed(world.gendarme, case_id) == {second}
    assert taken(world.coordinator, first).status_code == 404
    # Nor is the earlier one counted or explained: it is gone.
    with acting_as(world.coordinator.viewer) as viewer, pytest.raises(NotFound):
        thing_for(viewer, first)
    world.shared(case_id, world.police, Compartment.FACTS)
    with acting_as(world.coordinator.viewer) as viewer:
        told = explain(viewer, case_id, world.police.viewer.seat_id)
    assert [kind for kind, _part, _why in told.missing] == ["document"]
    with acting_as(world.gendarme.viewer) as viewer:
        assert [line.elements for line in received(viewer).running] == [2]


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_a_word_is_black_whichever_way_the_page_is_turned(turned):
    """The letters are under the black: where the word stood there is nothing but black."""
    stream = b"BT /F1 20 Tf 100 600 Td (SECRET) Tj ET"
    content = pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [10 20 605 862] /Rotate %d /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >>" % turned,
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        ]
    )
    shown = pypdfium2.PdfDocument(content)[0].render(scale=1, grayscale=True).to_pil()
    letters = shown.point(lambda depth: 255 if depth < 128 else 0).getbbox()
    made = have_done("redact", "pdf", content, zones=[], words=["secret"])
    assert made.facts["found"] == [1]
    page = pypdfium2.PdfDocument(made.pieces[0])[0]
    assert page.get_size() == shown.size or page.get_size() == tuple(map(float, shown.size))
    after = page.render(scale=1, grayscale=True).to_pil()
    assert after.crop(letters).getextrema()[1] < 60, "something shows beside the black"
    assert text_of(made.pieces[0]).strip() == ""
    with pikepdf.open(io.BytesIO(made.pieces[0])) as document:
        assert "/Info" not in document.trailer


def test_a_zone_of_a_picture_is_black_and_its_points_are_gone(world):
    out = io.BytesIO()
    Image.new("RGB", (200, 100), (200, 10, 10)).save(out, "PNG")
    case_id = world.activated()
    document_id = a_document(world.pilot, case_id, content=out.getvalue(), name="photo.png")
    world.shared(case_id, world.gendarme, Compartment.FACTS)
    zone = Zone(page=1, left=50, top=0, width=50, height=100)
    copy_id = copied(world.coordinator, document_id, world.gendarme, words=(), zones=[zone])
    picture = Image.open(io.BytesIO(taken(world.gendarme, copy_id).content)).convert("RGB")
    assert picture.crop((110, 5, 195, 95)).getextrema()[0][1] < 120
    assert picture.crop((5, 5, 90, 95)).getextrema()[0][1] > 150


def test_a_word_that_is_not_in_the_text_is_said(world):
    case_id = world.activated()
    document_id = a_document(world.pilot, case_id, content=a_pdf(SAID))
    with pytest.raises(Invalid) as missing:
        copied(world.coordinator, document_id, world.gendarme, words=("Zoé",))
    assert missing.value.code == "word_not_found"


def test_who_makes_a_copy_and_of_what(world):
    case_id = world.activated()
    document_id = a_document(world.pilot, case_id, content=a_pdf(SAID))
    world.shared(case_id, world.gendarme, Compartment.FACTS)
    for seat in (world.pilot, world.gendarme):
        with pytest.raises(NotAllowed):
            copied(seat, document_id, world.police)
    copy_id = copied(world.prosecutor, document_id, world.police)
    with pytest.raises(WrongState):
        copied(world.coordinator, copy_id, world.police)
    letter = a_document(world.pilot, case_id, content=a_docx())
    with pytest.raises(WrongState):
        copied(world.coordinator, letter, world.police)
    with pytest.raises(Invalid):
        copied(world.coordinator, document_id, world.prosecutor)


def test_the_database_alone_lets_nobody_withhold_what_they_do_not_steer(world):
    """A copy by SQL takes a document out of sight: only those who steer may, and not from peers."""
    case_id = world.activated()
    document_id = a_document(world.pilot, case_id)
    world.shared(case_id, world.gendarme, Compartment.FACTS)
    insert = (
        "INSERT INTO referrals_document (id, cell_id, case_id, bit, nature, kind, size, state,"
        " about, file_key, copy_of_id, only_for, owner_unit, owner_name, withheld, added_by,"
        " created_at, since, version, viewers, editors, recheck_at) VALUES (gen_random_uuid(), %s,"
        " %s, 3, 'other', 'pdf', 1, 'ready', 'x', 'x', %s, %s, 0, '', '{}', gen_random_uuid(),"
        " now(), now(), 1, '{}', '{}', now())"
    )
    gendarme = world.gendarme.accession.unit_id
    with admin(database_name()) as connection:
        (coordination,) = connection.execute(
            "SELECT coordination_unit_id FROM agencies_cell WHERE id = %s", [world.cell.pk]
        ).fetchone()
    tries = {
        ("pilot", gendarme): "42501",
        ("gendarme", gendarme): "42501",
        ("coordinator", coordination): "42501",
        ("coordinator", gendarme): "1 rows",
    }
    for (who, unit), expected in tries.items():
        with injected(world.everybody()[who]) as connection:
            values = [world.cell.pk, case_id, document_id, [unit]]
            assert refusal(connection, insert, *values) == expected, (who, unit)


def test_the_page_makes_a_copy(world):
    case_id = world.activated()
    document_id = a_document(world.pilot, case_id, content=a_pdf(SAID))
    world.shared(case_id, world.gendarme, Compartment.FACTS)
    address = reverse("referrals:copy_document", args=[document_id])
    assert (
        address
        in world.coordinator.browser.get(reverse("referrals:document", args=[document_id])).text
    )
    zones = {"zones-TOTAL_FORMS": "1", "zones-INITIAL_FORMS": "0"}
    zone = {"zones-0-page": "1", "zones-0-left": "1", "zones-0-top": "1"}
    form = {"recipient": str(world.gendarme.accession_id), "words": "Zoé", **zones}
    form |= zone | {"zones-0-width": "5", "zones-0-height": "5"}
    refused = world.coordinator.browser.post(address, form)
    assert refused.status_code == 422
    assert "Zoé" in refused.text
    assert "pas dans le texte" in refused.text
    done = world.coordinator.browser.post(address, form | {"words": "Nina Alba\r\nPaul"})
    assert done.status_code == 302
    assert len(listed(world.gendarme, case_id)) == 1
    (first,) = listed(world.gendarme, case_id)
    told = {"recipient": form["recipient"], "words": ["Paul"], "zones": []}
    called = world.coordinator.browser.post(
        f"/api/v1/documents/{document_id}/copies/", told, content_type="application/json"
    )
    assert called.status_code == 201, called.content
    assert {str(found) for found in listed(world.gendarme, case_id)} == {called.json()["id"]}
    assert called.json()["id"] != str(first)
    wide = told | {"zones": [{"page": 1, "left": 101, "top": 0, "width": 1, "height": 1}]}
    assert (
        world.coordinator.browser.post(
            f"/api/v1/documents/{document_id}/copies/", wide, content_type="application/json"
        ).status_code
        == 422
    )
    far = world.coordinator.browser.post(address, form | {"words": "", "zones-0-page": "9"})
    assert far.status_code == 422
