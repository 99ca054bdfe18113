"""U7: files that a scanner must find, with the one signature that harms nobody."""

from collections.abc import Iterator

from tests.support.documents import a_docx, a_pdf, an_odt, zipped
from tests.support.scanner import EICAR
from tests.support.uploads import INFECTED, Item, item
from tests.support.uploads.polyglots import a_picture, with_chunk, with_segment, zipped_into


def corpus(seed: int) -> Iterator[Item]:
    """10 items."""
    import random

    draw = random.Random(seed)
    yield item("eicar", EICAR, "wrong_type")
    yield item("eicar, zipped", zipped({"eicar.com": EICAR}), "wrong_type")
    yield item("eicar, zipped twice", zipped({"a.zip": zipped({"e": EICAR})}), "wrong_type")
    yield item("docx with eicar", zipped_into(a_docx(), "word/media/a.txt", EICAR), INFECTED)
    yield item(
        "docx with a zip of it", zipped_into(a_docx(), "a.zip", zipped({"e": EICAR})), INFECTED
    )
    yield item("odt with eicar", zipped_into(an_odt(), "Pictures/a.txt", EICAR), INFECTED)
    yield item("docx that starts it", zipped_into(a_docx(), "word/eicar.exe", EICAR), "active")
    yield item("pdf then eicar", a_pdf() + EICAR, INFECTED)
    yield item(
        "png says eicar", with_chunk(a_picture("PNG", draw), b"tEXt", b"a\0" + EICAR), INFECTED
    )
    yield item("jpeg says eicar", with_segment(a_picture("JPEG", draw), 0xFE, EICAR), INFECTED)
