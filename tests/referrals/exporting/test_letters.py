"""Names in other letters than ours can be read in the pages of an export."""

from pathlib import Path

import pypdfium2
import pytest
from django.conf import settings

from kernel.paper.letters import visual
from kernel.paper.pages import Section, as_pdf, printable

NAMES = {
    "Nguyễn Thị Ánh Tuyết": "Nguyễn Thị Ánh Tuyết",
    "Nguye\u0302\u0303n": "Nguyễn",
    "Олександра Шевченко": "Олександра Шевченко",
    "Ελένη": "Ελένη",
    # Initial, medial, medial, final; then turned round.
    "محمد": "\ufeaa\ufee4\ufea4\ufee3",
    # An alef is joined to nothing after it; lam and alef are one shape.
    "دار": "\ufead\ufe8d\ufea9",
    "سلام": "\ufee1\ufefc\ufeb3",
    "לאה": "האל",
    "Leïla (ليلى) 2012": "Leïla (\ufef0\ufee0\ufef4\ufedf) 2012",
    # A number between such words keeps its own way.
    "سنة 2012 م": "\ufee1 2012 \ufe94\ufee8\ufeb3",
    "12 علي 34": "12 \ufef2\ufee0\ufecb 34",
}


@pytest.mark.parametrize(("name", "seen"), NAMES.items())
def test_a_name_is_written_as_it_is_read(name: str, seen: str) -> None:
    assert visual(name) == seen


def test_every_mark_stays_with_its_letter() -> None:
    assert visual("مُ").startswith("\ufee1\u064f")


@pytest.mark.skipif(
    not (Path(settings.BUNDLE_DIR) / "fonts").exists(), reason="the front end is not built"
)
def test_the_pages_have_a_letter_for_each() -> None:
    assert [printable(visual(name)) for name in NAMES] == list(NAMES.values())
    rows = tuple((name,) for name in NAMES)
    section = Section("a", "Élèves", ("Nom",), rows)
    content = as_pdf("Essai", "R-1", "Lin Marée", [], [section])
    document = pypdfium2.PdfDocument(content)
    text = "".join(page.get_textpage().get_text_range() for page in document)
    for name in ("Nguyễn Thị Ánh Tuyết", "Олександра Шевченко", "Ελένη"):
        assert name in text
    assert "□" not in text
    assert "□" in printable("汉")
