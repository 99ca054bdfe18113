"""What a document looks like, without handing it out: a picture of a page, or plain paragraphs."""

import io

import pypdfium2
from PIL import Image

from kernel.files.cleaning import Refused, markup, pictures
from kernel.files.cleaning.archives import unpacked
from kernel.files.cleaning.marking import across

WIDEST, HIGHEST = 1100, 1600
MOST_PARAGRAPHS, LONGEST = 3000, 20_000
_TEXTS = {"docx": ("word/document.xml", "{*}p", "{*}t"), "odt": ("content.xml", "{*}p", "")}


def page(content: bytes, kind: str, number: int, words: str) -> bytes:
    """Page ``number`` (the first is 1) as a JPEG with the words across it."""
    if kind in pictures.FORMATS:
        drawn = pictures.opened(content, kind)
        drawn.thumbnail((WIDEST, HIGHEST))
    else:
        drawn = drawn_page(content, number, WIDEST, HIGHEST)
    out = io.BytesIO()
    across(on_white(drawn), words).save(out, "JPEG", quality=82)
    return out.getvalue()


def drawn_page(content: bytes, number: int, widest: int, highest: int) -> Image.Image:
    """A page of a PDF, drawn as large as fits."""
    try:
        document = pypdfium2.PdfDocument(content)
        if not 1 <= number <= len(document):
            raise Refused("no_such_page")
        sheet = document[number - 1]
        width, height = sheet.get_size()
        scale = min(widest / max(width, 1), highest / max(height, 1), 4)
        picture: Image.Image = sheet.render(scale=scale).to_pil()
    except pypdfium2.PdfiumError as error:
        raise Refused("broken") from error
    return picture


def on_white(picture: Image.Image) -> Image.Image:
    """Without what one could see through."""
    if picture.mode != "RGBA":
        return picture.convert("RGB")
    ground = Image.new("RGBA", picture.size, "white")
    ground.alpha_composite(picture)
    return ground.convert("RGB")


def paragraphs(content: bytes, kind: str) -> list[str]:
    """The text of a letter, one entry for each paragraph."""
    name, paragraph, run = _TEXTS[kind]
    root = markup.parsed(unpacked(content)[name])
    found = []
    for element in root.iter(paragraph):
        pieces = (piece.text or "" for piece in element.iter(run)) if run else element.itertext()
        found.append("".join(pieces)[:LONGEST].replace("\n", " "))
    return found[:MOST_PARAGRAPHS]
