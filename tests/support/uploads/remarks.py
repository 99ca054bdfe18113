"""U4: files that say who made them, where and when, and what stood there before."""

import io
import random
import zlib
from collections.abc import Iterator

from PIL import Image, PngImagePlugin

from tests.support.documents import a_docx, a_pdf, an_odt
from tests.support.uploads import CLEAN, MARK, Item, item
from tests.support.uploads.active import a_page
from tests.support.uploads.bombs import _replaced
from tests.support.uploads.polyglots import a_picture, chunk, with_chunk, with_segment, zipped_into

XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
    ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description'
    f' dc:creator="{MARK}" xmlns:dc="http://purl.org/dc/elements/1.1/"/></rdf:RDF></x:xmpmeta>'
).encode()


def corpus(seed: int) -> Iterator[Item]:
    """60 items, all of them accepted, none of them with what it said."""
    draw = random.Random(seed)
    yield from _pictures(draw)
    yield from _letters()
    yield from _pages(draw)


def an_exif() -> bytes:
    """Author, camera, place on earth and a thumbnail."""
    exif = Image.Exif()
    exif[0x013B], exif[0x010F], exif[0x010E] = MARK, MARK, MARK
    exif.get_ifd(0x8825).update(
        {1: "N", 2: (48.0, 51.0, 30.0), 3: "E", 4: (2.0, 17.0, 40.0), 29: MARK}
    )
    exif.get_ifd(0x8769).update({0x9286: MARK.encode(), 0x9003: "2026:11:02 10:00:00"})
    return exif.tobytes()


def _pictures(draw: random.Random) -> Iterator[Item]:
    for turn in range(3):
        for kind in ("JPEG", "PNG", "WEBP"):
            said = a_picture(kind, draw, exif=an_exif())
            yield item(f"{kind} with exif {turn}", said, CLEAN)
        yield item(f"webp with xmp {turn}", a_picture("WEBP", draw, xmp=XMP), CLEAN)
        jpeg, png = a_picture("JPEG", draw), a_picture("PNG", draw)
        xmp = b"http://ns.adobe.com/xap/1.0/\0" + XMP
        yield item(f"jpeg with xmp {turn}", with_segment(jpeg, 0xE1, xmp), CLEAN)
        iptc = (
            b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x10\x1c\x02\x50\0\x08"
            + MARK.encode()
            + b"\0\0\0"
        )
        yield item(f"jpeg with iptc {turn}", with_segment(jpeg, 0xED, iptc), CLEAN)
        yield item(f"jpeg with a remark {turn}", with_segment(jpeg, 0xFE, MARK.encode()), CLEAN)
        second = with_segment(jpeg, 0xE2, b"MPF\0" + MARK.encode())
        yield item(f"jpeg with a second picture {turn}", second + jpeg + MARK.encode(), CLEAN)
        small = b"JFXX\0\x10" + a_picture("JPEG", draw)[:200] + MARK.encode()
        thumbnail = with_segment(jpeg, 0xE0, small)
        yield item(f"jpeg with a thumbnail {turn}", thumbnail, CLEAN)
        yield item(
            f"png says its author {turn}",
            with_chunk(png, b"tEXt", b"Author\0" + MARK.encode()),
            CLEAN,
        )
        packed = b"Author\0\0" + zlib.compress(MARK.encode())
        yield item(f"png says it packed {turn}", with_chunk(png, b"zTXt", packed), CLEAN)
        wide = b"XML:com.adobe.xmp\0\0\0\0\0" + XMP
        yield item(f"png with xmp {turn}", with_chunk(png, b"iTXt", wide), CLEAN)
        own = png[:-12] + chunk(b"prVt", MARK.encode()) + png[-12:]
        yield item(f"png with a piece of its own {turn}", own, CLEAN)
    info = PngImagePlugin.PngInfo()
    info.add_itxt("Comment", MARK, "fr", MARK)
    yield item("png remarks in french", a_picture("PNG", draw, pnginfo=info), CLEAN)


def _letters() -> Iterator[Item]:
    core = (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
        'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:creator>{MARK}</dc:creator></cp:coreProperties>"
    ).encode()
    for name in ("docProps/core.xml", "docProps/app.xml", "docProps/custom.xml",
                 "word/comments.xml", "word/people.xml", "word/commentsExtended.xml",
                 "customXml/item1.xml",
                 "docProps/thumbnail.jpeg", "word/glossary/document.xml"):  # fmt: skip
        yield item(f"docx with {name}", zipped_into(a_docx(), name, core), CLEAN)
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    for body in (
        f"<w:del w:author='x'><w:r><w:delText>{MARK}</w:delText></w:r></w:del>",
        f"<w:ins w:author='{MARK}' w:date='{MARK}'><w:r><w:t>a</w:t></w:r></w:ins>",
        f"<w:moveFrom w:author='a'><w:r><w:t>{MARK}</w:t></w:r></w:moveFrom>",
        f"<w:r w:rsidR='{MARK}'><w:t>a</w:t></w:r>",
        f"<w:r><w:rPr><w:rPrChange w:author='{MARK}'><w:rPr/></w:rPrChange></w:rPr></w:r>",
    ):
        text = f"<w:document {w}><w:body><w:p>{body}</w:p></w:body></w:document>".encode()
        yield item(f"docx {body[1:30]}", _replaced(a_docx(), "word/document.xml", text), CLEAN)
    for name in ("meta.xml", "Thumbnails/thumbnail.png", "layout-cache", "settings.xml"):
        yield item(f"odt with {name}", zipped_into(an_odt(), name, core), CLEAN)
    names = (
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
    )
    for body in (
        f"<text:p>a<office:annotation><dc:creator>{MARK}</dc:creator></office:annotation>b</text:p>",
        f"<text:tracked-changes><text:p>{MARK}</text:p></text:tracked-changes>",
        f"<text:p><text:sender-lastname>{MARK}</text:sender-lastname></text:p>",
        f"<text:p><text:author-name>{MARK}</text:author-name></text:p>",
    ):
        content = (
            f"<office:document-content {names}><office:body><office:text>{body}</office:text>"
            "</office:body></office:document-content>"
        ).encode()
        yield item(f"odt {body[1:30]}", _replaced(an_odt(), "content.xml", content), CLEAN)


def _pages(draw: random.Random) -> Iterator[Item]:
    info = f"<< /Author ({MARK}) /Creator ({MARK}) /CreationDate (D:20261102100000) >>".encode()
    yield item("pdf says its author", a_page("", "", info, trailer=b"/Info 4 0 R"), CLEAN)
    meta = b"<< /Type /Metadata /Subtype /XML /Length %d >>\nstream\n%s\nendstream" % (
        len(XMP),
        XMP,
    )
    yield item("pdf with xmp", a_page("/Metadata 4 0 R", "", meta), CLEAN)
    yield item("page with xmp", a_page("", "/Metadata 4 0 R", meta), CLEAN)
    own = f"/PieceInfo << /Word << /Private ({MARK}) >> >>"
    yield item("page with private notes", a_page("", own), CLEAN)
    note = f"<< /Type /Annot /Subtype /Text /Rect [9 9 20 20] /T ({MARK}) /Contents ({MARK}) >>"
    yield item("page with a note", a_page("", f"/Annots [{note}]"), CLEAN)
    attached = b"<< /Type /EmbeddedFile /Length 8 >>\nstream\n%s\nendstream" % MARK.encode()
    names = (
        "/Names << /EmbeddedFiles << /Names [(a) << /Type /Filespec /EF << /F 4 0 R >> >>] >> >>"
    )
    yield item("pdf with a file in it", a_page(names, "", attached), CLEAN)
    before = a_pdf(MARK)
    later = before + (
        b"4 0 obj\n<< /Length 0 >>\nstream\n\nendstream\nendobj\nxref\n4 1\n%010d 00000 n \n"
        b"trailer\n<< /Size 6 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
        % (len(before), before.rindex(b"xref\n0"), len(before) + 53)
    )
    yield item("pdf that has forgotten a text", later, CLEAN)
    photo = a_picture("JPEG", draw, exif=an_exif())
    with Image.open(io.BytesIO(photo)) as picture:
        size = picture.size
    image = (
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB"
        b" /BitsPerComponent 8 /Filter /DCTDecode /Length %d >>\nstream\n%s\nendstream"
        % (*size, len(photo), photo)
    )
    shown = a_page("", "/Resources << /XObject << /I 4 0 R >> >>", image)
    yield item("pdf with a photo that says where", shown, CLEAN)
    yield item("page with a small picture of it", a_page("", "/Thumb 4 0 R", image), CLEAN)
