"""What is to be hidden is found however it is spelt; what a file says beside its points is gone."""

import io
import tracemalloc
import zlib

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from kernel.files.cleaning import Refused
from kernel.files.cleaning.jpeg import without_remarks
from kernel.files.cleaning.pdf import clean
from kernel.files.cleaning.redacting import redacted
from kernel.files.cleaning.spelling import found_in
from kernel.files.kinds import kind_of
from kernel.http.idempotency import digest_of
from tests.support.documents import pdf_of

FOUND = {
    ("Léa", "LEA, Lea, léa et Le\u0301a"): 4,
    ("lea", "Léa"): 1,
    ("Nina Alba", "Nina  Alba, NINA\u00a0ALBA, Nina\r\nAlba, Nina-Alba"): 4,
    ("Dupont", "Du-\r\npont et Du\u00ad\npont et Du\x02\r\npont"): 3,
    ("Anne-Marie", "Anne Marie, Anne-\nMarie, Anne\u2011Marie"): 3,
    ("d'Artagnan", "d\u2019Artagnan"): 1,
    ("Lœuf", "Loeuf et \ufb01n"): 1,
    ("fin", "\ufb01n"): 1,
    ("Noa", "un oasis"): 0,
    ("Alba", "Albane"): 1,
    ("...", "tout"): 0,
    (" - ", "tout - rien"): 0,
}


def test_a_word_is_found_however_it_is_spelt():
    for (word, text), times in FOUND.items():
        places = list(found_in([ord(c) for c in text], word))
        assert len(places) == times, (word, text, places)
        for first, last in places:
            assert (text[first] + text[last]).isalpha(), (word, text)


def test_a_name_that_two_lines_part_is_black_on_both():
    lines = b"(Chez Mme Du-) Tj 0 -30 Td (pont, L\\351a) Tj 0 -30 Td (lea) Tj"
    stream = b"BT /F1 20 Tf 100 600 Td %s ET" % lines
    content = pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >>",
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        ]
    )
    made, found = redacted(content, "pdf", [], ["Dupont", "Léa"])
    assert found == [1, 2]
    page = pypdfium2.PdfDocument(made)[0].render(scale=1, grayscale=True).to_pil()
    for place in ((212, 229, 232, 240), (104, 258, 140, 270), (104, 288, 126, 300)):
        assert page.crop(place).getextrema()[1] < 60, place
    assert page.crop((100, 225, 150, 245)).getextrema()[1] > 200


def test_an_archive_of_a_million_entries_is_not_listed():
    entry = b"PK\x01\x02" + bytes(24) + b"\x01\x00" + bytes(16) + b"x"
    many = entry * 400_000
    end = b"PK\x05\x06" + bytes(4) + (65535).to_bytes(2, "little") * 2
    end += len(many).to_bytes(4, "little") + (4).to_bytes(4, "little") + bytes(2)
    content = b"PK\x03\x04" + many + end
    tracemalloc.start()
    try:
        assert kind_of(content) is None
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_photo_in_a_pdf_says_nothing_however_it_is_packed():
    out = io.BytesIO()
    Image.new("RGB", (20, 20), (200, 10, 10)).save(out, "JPEG")
    photo = out.getvalue()
    remark = b"Exif\0\0CNRYgps"
    jfxx = b"JFXX\0\x13\x01\x01CNRYthumb"
    segments = b"".join(
        b"\xff" + bytes([marker]) + (len(body) + 2).to_bytes(2) + body
        for marker, body in ((0xE1, remark), (0xE0, jfxx))
    )
    said = photo[:2] + segments + photo[2:]
    packed = zlib.compress(said)
    for filters, body in (("/DCTDecode", said), ("[/FlateDecode /DCTDecode]", packed)):
        image = (
            b"<< /Type /XObject /Subtype /Image /Width 20 /Height 20 /ColorSpace /DeviceRGB"
            b" /BitsPerComponent 8 /Filter %s /Length %d >>\nstream\n%s\nendstream"
            % (filters.encode(), len(body), body)
        )
        page = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 20 20] /Contents 5 0 R"
            b" /Resources << /XObject << /I 4 0 R >> >> >>"
        )
        draw = b"<< /Length 24 >>\nstream\nq 20 0 0 20 0 0 cm /I Do Q\nendstream"
        pages = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
        made, _pages = clean(
            pdf_of([b"<< /Type /Catalog /Pages 2 0 R >>", pages, page, image, draw])
        )
        with pikepdf.open(io.BytesIO(made)) as document:
            stream = document.pages[0].Resources.XObject.I
            assert str(stream.Filter) == "/DCTDecode"
            assert b"CNRY" not in stream.read_raw_bytes(), filters
        shown = pypdfium2.PdfDocument(made)[0].render(scale=1).to_pil().convert("RGB")
        assert shown.getpixel((10, 10))[0] > 150, filters


def test_a_small_picture_within_the_head_of_a_jpeg_goes():
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "JPEG")
    photo = out.getvalue()
    head = photo.index(b"JFIF")
    small = b"CNRY" * 12
    grown = (16 + len(small)).to_bytes(2)
    said = photo[: head - 2] + grown + photo[head : head + 12] + b"\x04\x04" + small
    said += photo[head + 14 :]
    bare = without_remarks(said)
    assert b"CNRY" not in bare
    assert bare == photo
    with pytest.raises(Refused):
        clean(b"%PDF-1.7 no")


def test_what_was_typed_cannot_be_tried_against_its_fingerprint(settings):
    typed = {"words": ["Nina Alba"]}
    once = digest_of(typed)
    assert once == digest_of(typed) != digest_of({"words": ["Nina Albe"]})
    settings.SECRET_KEY = "another " * 8
    assert digest_of(typed) != once
