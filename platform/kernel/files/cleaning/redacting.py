"""A copy in which what must not be read is not there: pages become pictures, parts become black."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pikepdf
import pypdfium2
from pikepdf import Dictionary, Name
from PIL import Image, ImageDraw
from pypdfium2 import raw

from kernel.files.cleaning import Refused, pictures
from kernel.files.cleaning.spelling import found_in

WIDEST, HIGHEST = 1240, 1754
MOST_PAGES = 40
_AROUND = 2
Box = tuple[float, float, float, float]
Zone = Mapping[str, float]


def redacted(
    content: bytes, kind: str, zones: Sequence[Zone], words: Sequence[str]
) -> tuple[bytes, list[int]]:
    """The copy, and how often each word was found. Zones are in hundredths of a page."""
    if kind in pictures.FORMATS:
        drawn = pictures.opened(content, kind)
        _blacken(drawn, [_of_picture(zone, drawn) for zone in zones if zone["page"] == 1])
        return pictures.written(drawn, kind), [0] * len(words)
    try:
        return _redacted_pdf(content, zones, words)
    except (pypdfium2.PdfiumError, pikepdf.PdfError) as error:
        raise Refused("broken") from error


def _redacted_pdf(
    content: bytes, zones: Sequence[Zone], words: Sequence[str]
) -> tuple[bytes, list[int]]:
    source = pypdfium2.PdfDocument(content)
    if len(source) > MOST_PAGES:
        raise Refused("too_long_to_redact")
    found = [0] * len(words)
    with pikepdf.new() as copy:
        for number in range(1, len(source) + 1):
            page = source[number - 1]
            scale = min(WIDEST / page.get_width(), HIGHEST / page.get_height(), 3)
            drawn: Image.Image = page.render(scale=scale).to_pil().convert("RGB")
            boxes = [_of_picture(zone, drawn) for zone in zones if zone["page"] == number]
            for place, word in enumerate(words):
                for several in _places(page, word):
                    found[place] += 1
                    boxes += [_on_picture(page, box, scale) for box in several]
            _blacken(drawn, boxes)
            _add_page(copy, drawn, page.get_size())
        out = io.BytesIO()
        copy.save(out, fix_metadata_version=False, deterministic_id=True)
    return out.getvalue(), found


def _places(page: Any, word: str) -> Iterator[list[Box]]:
    """Where the word stands, however it is written: a box for each of its letters, every time."""
    text = page.get_textpage()
    letters = [raw.FPDFText_GetUnicode(text, place) for place in range(text.count_chars())]
    for first, last in found_in(letters, word):
        yield [text.get_charbox(place, loose=True) for place in range(first, last + 1)]


def _on_picture(page: Any, box: Box, scale: float) -> Box:
    """A box of the page's own space as one of its drawing, whichever way the page is turned."""
    left, bottom, right, top = page.get_cropbox()
    wide, high = right - left, top - bottom
    corners = [(box[0] - left, box[1] - bottom), (box[2] - left, box[3] - bottom)]
    turned: dict[int, Callable[[float, float], tuple[float, float]]] = {
        0: lambda x, y: (x, high - y),
        90: lambda x, y: (y, x),
        180: lambda x, y: (wide - x, y),
        270: lambda x, y: (high - y, wide - x),
    }
    (x1, y1), (x2, y2) = (turned[page.get_rotation()](x, y) for x, y in corners)
    return (
        min(x1, x2) * scale - _AROUND,
        min(y1, y2) * scale - _AROUND,
        max(x1, x2) * scale + _AROUND,
        max(y1, y2) * scale + _AROUND,
    )


def _of_picture(zone: Zone, drawn: Image.Image) -> Box:
    wide, high = drawn.width / 100, drawn.height / 100
    left, top = zone["left"] * wide, zone["top"] * high
    return (left, top, left + zone["width"] * wide, top + zone["height"] * high)


def _blacken(drawn: Image.Image, boxes: Sequence[Box]) -> None:
    pen = ImageDraw.Draw(drawn)
    for box in boxes:
        pen.rectangle(box, fill="black")


def _add_page(copy: pikepdf.Pdf, drawn: Image.Image, size: tuple[float, float]) -> None:
    out = io.BytesIO()
    drawn.save(out, "JPEG", quality=82)
    picture = copy.make_stream(
        out.getvalue(),
        Dictionary(
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=drawn.width,
            Height=drawn.height,
            ColorSpace=Name.DeviceRGB,
            BitsPerComponent=8,
        ),
    )
    picture.Filter = Name.DCTDecode
    page = copy.add_blank_page(page_size=size)
    page.add_resource(picture, Name.XObject, Name.Page)
    page.obj.Contents = copy.make_stream(b"q %.2f 0 0 %.2f 0 0 cm /Page Do Q" % size)
