"""Content on paper: every page says for whom it was made, when, and under which receipt."""

from __future__ import annotations

import io
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings
from django.utils.translation import gettext as _
from reportlab import rl_config
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

from kernel.paper.letters import visual

PLAIN, BOLD = "DejaVuSans", "DejaVuSans-Bold"
INSTEAD = {PLAIN: "Vera.ttf", BOLD: "VeraBd.ttf"}
"""The library's own, of which the fonts of the bundle are the longer edition: without a bundle."""
MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN - 12
PALE = colors.Color(0.45, 0.45, 0.45, alpha=0.16)
LONGEST_MARK = 150
_fonts = threading.Lock()
rl_config.useA85 = 0  # as bytes, which every reader reads: as text they are longer and slow to make


@dataclass(frozen=True, slots=True)
class Section:
    """A title, columns and rows of text. ``code`` names the file of a list."""

    code: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def as_pdf(
    title: str,
    receipt: str,
    mark: str,
    cover: Sequence[tuple[str, str]],
    sections: Sequence[Section],
) -> bytes:
    """The pages, in Latin, Greek, Cyrillic, Arabic, Hebrew, Armenian and Georgian letters.

    A letter that the font does not have is printed as an empty square.
    """
    font()
    whole = io.BytesIO()
    pages = SimpleDocTemplate(
        whole,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN + 6 * mm,
        bottomMargin=MARGIN + 6 * mm,
        title=title,
        author="Rempart",
        subject=receipt,
        lang="fr",
    )
    mark = printable(visual(mark))[:LONGEST_MARK]
    title = printable(visual(title))

    def numbered(*args: Any, **kwargs: Any) -> Canvas:
        return Numbered(*args, mark=mark, receipt=receipt, title=title, **kwargs)

    pages.build(_story(title, cover, sections), canvasmaker=numbered)
    return whole.getvalue()


class Font(TTFont):
    """A font that measures and writes thousands of lines without looking up letter by letter."""

    @cached_property
    def _widths(self) -> Mapping[str, int]:
        return {chr(code): width for code, width in self.face.charWidths.items()}

    def stringWidth(self, text: str, size: float, encoding: str = "utf8") -> float:  # noqa: N802
        """How wide a text is, as the library says it."""
        try:
            return float(0.001 * size * sum(map(self._widths.__getitem__, text)))
        except KeyError:
            return float(super().stringWidth(text, size, encoding))

    def splitString(  # noqa: N802  the library's name
        self, text: str, doc: object, encoding: str = "utf-8"
    ) -> list[tuple[int, bytes]]:
        """The text in the letters of the file. Those of ASCII stand at their own places there."""
        if doc in self.state and text.isascii():
            return [(0, text.encode())]
        return list(super().splitString(text, doc, encoding))


def font() -> TTFont:
    """The font of the pages, known to the library from the first call on."""
    with _fonts:
        return _font()


@cache
def _font() -> TTFont:
    regular = Font(PLAIN, _file_of(PLAIN))
    pdfmetrics.registerFont(regular)
    pdfmetrics.registerFont(Font(BOLD, _file_of(BOLD)))
    pdfmetrics.registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=PLAIN, boldItalic=BOLD)
    return regular


def _file_of(name: str) -> str:
    built = Path(settings.BUNDLE_DIR) / "fonts" / f"{name}.ttf"
    return str(built) if built.exists() else INSTEAD[name]


def printable(text: str) -> str:
    """The text with the letters that the font has; others are empty squares."""
    known = font().face.charToGlyph
    strange = {c for c in set(text) if c != "\n" and ord(c) not in known}
    return "".join("□" if c in strange else c for c in text) if strange else text


def _style(name: str, **values: Any) -> ParagraphStyle:
    return ParagraphStyle(name, **({"fontName": PLAIN, "fontSize": 9, "leading": 13} | values))


BODY = _style("body", spaceAfter=1.5)
TITLE = _style("title", fontName=BOLD, fontSize=17, leading=22, spaceAfter=6)
HEADING = _style("heading", fontName=BOLD, fontSize=12, leading=16, spaceBefore=12, spaceAfter=4)


def _story(title: str, cover: Sequence[tuple[str, str]], sections: Sequence[Section]) -> list[Any]:
    story: list[Any] = [Paragraph(escape(title), TITLE)]
    story += [_line(label, value) for label, value in cover]
    for section in sections:
        story.append(Paragraph(_safe(section.title), HEADING))
        for number, row in enumerate(section.rows):
            if number:
                story.append(Spacer(1, 6))
            cells = zip(section.columns, row, strict=True)
            story += [_line(label, value) for label, value in cells if value]
    return story


def _line(label: str, value: str) -> Paragraph:
    # Typography here wants a space before the colon, one that does not break.
    return Paragraph(f"<b>{_safe(label)}\u00a0:</b> {_safe(value, beside=label)}", BODY)


def _safe(text: str, *, beside: str = "") -> str:
    """Text, never markup."""
    shown = "\n".join(_lines(line, beside) for line in text.split("\n"))
    return escape(printable(shown)).replace("\n", "<br/>")


def _lines(line: str, beside: str) -> str:
    """A line as it is seen. One that is turned round is broken first: it reads downwards."""
    if visual(line) == line:
        return line
    room = WIDTH - pdfmetrics.stringWidth(f"{beside} : ", BOLD, BODY.fontSize)
    return "\n".join(visual(part) for part in simpleSplit(line, PLAIN, BODY.fontSize, room))


class Numbered(Canvas):
    """Prints the mark, the receipt and "page x sur y" on every page, once all are known."""

    def __init__(self, *args: Any, mark: str, receipt: str, title: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._mark, self._receipt, self._title = mark, receipt, title
        self._kept: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802  the library's name
        """Keep the page until the number of pages is known."""
        self._kept.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Print what every page carries, and write the file."""
        for number, page in enumerate(self._kept, start=1):
            self.__dict__.update(page)
            self._print_mark(number, len(self._kept))
            super().showPage()
        super().save()

    def _print_mark(self, number: int, total: int) -> None:
        width, height = A4
        self.saveState()
        self.setFillColor(PALE)
        self.setFont(PLAIN, 13)
        self.translate(width / 2, height / 2)
        self.rotate(38)
        for step in range(-3, 4):
            self.drawCentredString(0, step * 42 * mm, self._mark)
        self.restoreState()
        self.setFont(PLAIN, 7)
        self.setFillColor(colors.Color(0.25, 0.25, 0.25))
        self.drawString(MARGIN, height - MARGIN + 3 * mm, self._mark)
        place = _("page %(number)s sur %(total)s") % {"number": number, "total": total}
        self.drawString(MARGIN, MARGIN - 4 * mm, f"{self._title}  {self._receipt}")
        self.drawRightString(width - MARGIN, MARGIN - 4 * mm, place)
