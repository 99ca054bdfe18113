"""Who looks, and when, written across what they are shown and on what they take away."""

import io

import pikepdf
import pypdfium2
from pikepdf import Dictionary, Name
from PIL import Image, ImageOps

from kernel.files.cleaning import Refused, pictures

STEP = 260
_INKS = ((70, 70, 70), (225, 225, 225))
"""By turns, so that a dark picture shows the words as well as a light one."""


def across(picture: Image.Image, words: str) -> Image.Image:
    """The picture with the words over all of it, so that no part can be cut out without them."""
    width, height = picture.size
    ink = _lettering(words, max(11, min(22, width // 38)))
    long = ink.width + 60
    side = int((width**2 + height**2) ** 0.5) + long
    layer = Image.new("RGBA", (side, side), (*_INKS[0], 0))
    lines = [_line(ink, colour) for colour in _INKS]
    for number, top in enumerate(range(0, side - ink.height, max(ink.height * 4, STEP // 2))):
        for left in range((number % 2) * long // 2, side - ink.width, long):
            layer.paste(lines[number % 2], (left, top))
    turned = layer.rotate(28, resample=Image.Resampling.BILINEAR)
    left, top = (side - width) // 2, (side - height) // 2
    whole = picture.convert("RGBA")
    whole.alpha_composite(turned.crop((left, top, left + width, top + height)))
    return whole.convert("RGB")


def _line(ink: Image.Image, colour: tuple[int, int, int]) -> Image.Image:
    line = Image.new("RGBA", ink.size, (*colour, 255))
    line.putalpha(ink.point(lambda depth: depth * 3 // 10))
    return line


def _lettering(words: str, size: int) -> Image.Image:
    """The words as a depth of ink for each point, in the letters that every PDF reader brings."""
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    wide, high = len(words) * size, size + size // 2
    text = b"BT /F %d Tf 2 %d Td %s Tj ET" % (size, size // 2, _as_string(words))
    with pikepdf.new() as document:
        page = document.add_blank_page(page_size=(wide, high))
        document_font = document.make_indirect(pikepdf.Object.parse(font))
        page.add_resource(document_font, Name.Font, Name.F)
        page.contents_add(text)
        out = io.BytesIO()
        document.save(out)
    drawn = pypdfium2.PdfDocument(out.getvalue())[0].render(scale=1, grayscale=True).to_pil()
    ink = ImageOps.invert(drawn.convert("L"))
    edges = ink.getbbox()
    return ink.crop((0, 0, edges[2] if edges else 1, ink.height))


def marked_picture(content: bytes, kind: str, words: str) -> bytes:
    """A picture as a file to keep, with the words across it."""
    return pictures.written(across(pictures.opened(content, kind), words), kind)


def marked_pdf(content: bytes, words: str) -> bytes:
    """A PDF to keep, with the words at the foot of each page and across it."""
    with pikepdf.open(io.BytesIO(content)) as document:
        font = document.make_indirect(
            Dictionary(
                Type=Name.Font,
                Subtype=Name.Type1,
                BaseFont=Name.Helvetica,
                Encoding=Name.WinAnsiEncoding,
            )
        )
        faint = document.make_indirect(Dictionary(Type=Name.ExtGState, ca=0.35))
        for page in document.pages:
            _write_on(document, page, words, font, faint)
        out = io.BytesIO()
        document.save(out, fix_metadata_version=False, deterministic_id=True)
    return out.getvalue()


def _write_on(
    document: pikepdf.Pdf,
    page: pikepdf.Page,
    words: str,
    font: pikepdf.Object,
    faint: pikepdf.Object,
) -> None:
    left, bottom, right, top = (float(edge) for edge in page.cropbox)
    said = _as_string(words)
    size = max(8.0, min(16.0, (right - left) / 40))
    lines = [
        b"q /RempartP Do Q q 0.35 g BT /RempartF 8 Tf %.1f %.1f Td %s Tj ET"
        % (left + 18, bottom + 10, said)
    ]
    lines.append(b"/RempartG gs 0.3 g")
    for height in range(int(bottom) + 80, int(top), 150):
        place = b"0.88 0.47 -0.47 0.88 %.1f %d Tm" % (left + 30, height)
        lines.append(b"BT /RempartF %.1f Tf %s %s Tj ET" % (size, place, said))
    page.add_resource(font, Name.Font, Name.RempartF)
    page.add_resource(faint, Name.ExtGState, Name.RempartG)
    page.obj.Contents = document.make_stream(b"\n".join([_closed(page), *lines, b"Q"]))


def _closed(page: pikepdf.Page) -> bytes:
    """What the page draws, with everything ended that it has begun, and nothing else ended."""
    kept, depth, writing = [], 0, False
    for instruction in pikepdf.parse_content_stream(page):
        word = str(instruction.operator)
        if word == "Q" and depth == 0:
            continue
        depth += {"q": 1, "Q": -1}.get(word, 0)
        writing = {"BT": True, "ET": False}.get(word, writing)
        kept.append(instruction)
    ends = b" ET" * writing + b" Q" * depth
    return b"q\n" + pikepdf.unparse_content_stream(kept) + ends + b"\nQ"


def _as_string(words: str) -> bytes:
    """The words as PDF writes them; letters that its own fonts lack become question marks."""
    raw = words.encode("cp1252", "replace")
    return b"(" + raw.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)") + b")"


def marked(content: bytes, kind: str, words: str) -> bytes:
    """The file to keep, marked where its kind can be."""
    try:
        if kind in pictures.FORMATS:
            return marked_picture(content, kind, words)
        if kind == "pdf":
            return marked_pdf(content, words)
    except (pikepdf.PdfError, ValueError, KeyError, TypeError) as error:
        raise Refused("broken") from error
    return content
