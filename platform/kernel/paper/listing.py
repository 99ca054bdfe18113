"""Long lists on paper: thousands of lines, drawn one after the other, each as small as it reads."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics

from kernel.paper.letters import visual
from kernel.paper.pages import BOLD, MARGIN, PLAIN, Numbered, font, printable

SIZE, LEADING = 7.0, 9.0
_TOP, _BOTTOM = A4[1] - MARGIN - 6 * mm, MARGIN + 6 * mm
_WIDTH = A4[0] - 2 * MARGIN


def as_list(
    title: str,
    receipt: str,
    mark: str,
    cover: Sequence[tuple[str, str]],
    items: Iterable[tuple[str, str]],
) -> bytes:
    """A cover of labels and values, then for each item a line and what is to be said of it."""
    font()
    whole = io.BytesIO()
    pages = Numbered(whole, pagesize=A4, mark=mark, receipt=receipt, title=title)
    pages.setTitle(title)
    pages.setAuthor("Rempart")
    pages.setSubject(receipt)
    height = _written(pages, _TOP - 14, [(BOLD, 15.0, visual(printable(title)))]) - LEADING
    # Typography here wants a space before the colon, one that does not break.
    for label, value in cover:
        drawn = [(PLAIN, 9.0, line) for line in _broken(f"{label}\u00a0: {value}", 9.0)]
        height = _written(pages, height, drawn)
    height -= LEADING
    for head, said in items:
        drawn = [(BOLD, SIZE, line) for line in _broken(head, SIZE, BOLD)]
        drawn += [(PLAIN, SIZE, line) for line in _broken(said, SIZE)]
        height = _written(pages, height, drawn) - LEADING / 3
    pages.showPage()
    pages.save()
    return whole.getvalue()


def _written(pages: Numbered, height: float, lines: Sequence[tuple[str, float, str]]) -> float:
    """Draw the lines, on the next page when this one has no room left; returns where it goes on."""
    if height - LEADING * len(lines) < _BOTTOM and height < _TOP:
        pages.showPage()
        height = _TOP
    for name, size, line in lines:
        if height < _BOTTOM:
            pages.showPage()
            height = _TOP
        pages.setFont(name, size)
        pages.drawString(MARGIN, height, line)
        height -= size + LEADING - SIZE
    return height


def _broken(text: str, size: float, name: str = PLAIN) -> Iterator[str]:
    """The text in lines that fit, each as it is seen."""
    shown = printable(text)
    if pdfmetrics.stringWidth(shown, name, size) <= _WIDTH:
        yield visual(shown)
        return
    for line in simpleSplit(shown, name, size, _WIDTH):
        # A word that is longer than the page is cut.
        while pdfmetrics.stringWidth(line, name, size) > _WIDTH:
            fits = max(1, int(len(line) * _WIDTH / pdfmetrics.stringWidth(line, name, size)))
            while pdfmetrics.stringWidth(line[:fits], name, size) > _WIDTH:
                fits -= 1
            yield visual(line[:fits])
            line = line[fits:]
        yield visual(line)
