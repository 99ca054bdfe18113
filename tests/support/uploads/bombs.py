"""U2: small files that want to become large ones."""

import bz2
import gzip
import io
import lzma
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator

from tests.support.documents import RELATIONS, TYPES, W, a_docx, a_pdf, an_odt, pdf_of, zipped
from tests.support.uploads import CLEAN, Item, item
from tests.support.uploads.polyglots import a_picture, chunk, zipped_into

MIB = 1024 * 1024


def corpus(seed: int) -> Iterator[Item]:
    """60 items."""
    draw = random.Random(seed)
    yield from _archives(draw)
    yield from _letters()
    yield from _pictures(draw)
    yield from _pages(draw)


def _archives(draw: random.Random) -> Iterator[Item]:
    zeros = bytes(4 * MIB)
    for name, packed in (
        ("gz", gzip.compress(zeros)),
        ("xz", lzma.compress(zeros)),
        ("bz2", bz2.compress(zeros)),
        ("zip", zipped({"a.txt": zeros})),
        ("zip of zips", zipped({f"{n}.zip": zipped({"a": zeros}) for n in range(8)})),
        ("tar", b"a.txt".ljust(257, b"\0") + b"ustar" + bytes(500)),
        ("7z", b"7z\xbc\xaf\x27\x1c" + draw.randbytes(200)),
        ("rar", b"Rar!\x1a\x07\x01\x00" + draw.randbytes(200)),
    ):
        yield item(name, packed, "wrong_type")
    many = {f"word/{n}.xml": b"" for n in range(2500)}
    yield item("docx of 2,500 parts", _letter(many), "wrong_type")
    yield item("zip of 30,000 names", zipped({f"{n}": b"" for n in range(30_000)}), "wrong_type")


def _letters() -> Iterator[Item]:
    ratio = f'<w:document xmlns:w="{W}">'.encode() + b" " * (40 * MIB) + b"</w:document>"
    yield item("docx of high ratio", _letter({"word/document.xml": ratio}), "bomb")
    spread = {f"word/footer{n}.xml": bytes(MIB) for n in range(70)}
    yield item("docx that is large in sum", _letter(spread), "bomb")
    yield item("odt of high ratio", _replaced(an_odt(), "content.xml", b" " * (50 * MIB)), "bomb")
    for name in ("../../x.xml", "/etc/x.xml", "C:\\x.xml", "word/..\\..\\x.xml", "word/../../x"):
        yield item(f"docx with {name!r}", zipped_into(a_docx(), name, b"x"), "bomb")
    yield item("docx with a link", _linked(), "bomb")
    yield item(
        "docx with a part twice in other case", _letter({"WORD/document.xml": b"x"}), "broken"
    )
    yield item("docx whose parts overlap", _overlapping(), "bomb", "broken")
    for lie in (1, 2, 4, 100):
        yield item(f"docx that lies by {lie}", _lying(lie), "bomb", "broken")
    yield item("locked docx", _flagged(0x1), "locked", "broken")
    yield item("docx packed oddly", _method(12), "broken")
    yield item("docx packed by lzma", _method(14), "broken")
    laughs = b'<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><a>&b;</a>'
    yield item("docx that laughs", _letter({"word/document.xml": laughs}), "active")
    yield item("odt that laughs", _replaced(an_odt(), "content.xml", laughs), "active")
    deep = b"<a>" * 100_000 + b"</a>" * 100_000
    yield item("docx of depth", _letter({"word/document.xml": deep}), "broken", "bomb")
    wide = b"<a " + b" ".join(b'b%d="1"' % n for n in range(100_000)) + b"/>"
    yield item("docx of breadth", _letter({"word/document.xml": wide}), CLEAN, "broken", "bomb")
    nested = zipped({"x": zipped({"y": bytes(4 * MIB)})})
    yield item("docx with a zip in it", zipped_into(a_docx(), "word/x.zip", nested), CLEAN)


def _pictures(draw: random.Random) -> Iterator[Item]:
    for width, height in ((50_000, 50_000), (2**31 - 1, 1), (6_000, 6_000), (1, 2**31 - 1)):
        yield item(f"png {width}x{height}", _png(width, height, b""), "bomb", "broken")
    rows = zlib.compress((b"\0" + bytes(24_000)) * 8_000, 9)
    yield item("png 8000x8000, all of it", _png(8_000, 8_000, rows), "bomb")
    for width, height in ((65_500, 65_500), (30_000, 1_000)):
        yield item(f"jpeg {width}x{height}", _jpeg(draw, width, height), "bomb", "broken")
    yield item("webp 16384x16384", _webp(16_383, 16_383), "bomb", "broken")
    frames = _frames(draw)
    yield item("png of 5,000 frames", frames, CLEAN, "broken", "bomb")
    text = b"zTXt", b"a\0\0" + zlib.compress(bytes(100 * MIB), 9)
    flood = a_picture("PNG", draw)
    yield item(
        "png with packed text", flood[:33] + chunk(*text) + flood[33:], CLEAN, "broken", "bomb"
    )
    for kind in ("PNG", "JPEG", "WEBP"):
        whole = a_picture(kind, draw)
        yield item(f"half a {kind}", whole[: len(whole) // 2], "broken")
    yield item("a head of a png", b"\x89PNG\r\n\x1a\n", "broken")
    yield item("a head of a jpeg", b"\xff\xd8\xff", "broken")


def _pages(draw: random.Random) -> Iterator[Item]:
    packed = zlib.compress(bytes(250 * MIB), 9)
    stream = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream"
    yield item("pdf of high ratio", _pdf_with(stream % (len(packed), packed)), "bomb")
    twice = zlib.compress(packed, 9)
    double = stream.replace(b"/FlateDecode", b"[/FlateDecode /FlateDecode]")
    yield item("pdf packed twice", _pdf_with(double % (len(twice), twice)), "bomb")
    many = [b"<< /A %d >>" % n for n in range(60_000)]
    yield item("pdf of 60,000 objects", _pdf_with(*many), "bomb")
    loop = pdf_of(
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 9 >>"]
    )
    yield item("pdf that is its own page", loop, "broken", "bomb")
    deep = b"[" * 60_000 + b"]" * 60_000
    yield item("pdf of depth", _pdf_with(deep), CLEAN, "broken", "bomb")
    leaf = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"
    tree = b" ".join(b"%d 0 R" % (number + 3) for number in range(301))
    root = b"<< /Type /Pages /Kids [%s] /Count 301 >>" % tree
    book = pdf_of([b"<< /Type /Catalog /Pages 2 0 R >>", root, *[leaf] * 301])
    yield item("pdf of 301 pages", book, "too_many_pages")
    for cut in (0.3, 0.6, 0.9):
        half = a_pdf()[: int(len(a_pdf()) * cut)]
        yield item(f"{cut} of a pdf", half, CLEAN, "broken")
    yield item("a head of a pdf", b"%PDF-1.7\n", "broken")
    for turn in range(8):
        noise = bytearray(a_pdf())
        for _change in range(12):
            noise[draw.randrange(9, len(noise))] = draw.randrange(256)
        yield item(f"pdf with noise {turn}", bytes(noise), CLEAN, "broken", "bomb", "locked")


def _letter(parts: dict[str, bytes]) -> bytes:
    body = {"[Content_Types].xml": TYPES, "_rels/.rels": RELATIONS, "word/document.xml": b"<a/>"}
    return zipped(body | parts)


def _replaced(archive: bytes, name: str, content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        parts = {part: file.read(part) for part in file.namelist()}
    return zipped(parts | {name: content}, first_stored=True)


def _linked() -> bytes:
    out = io.BytesIO(a_docx())
    with zipfile.ZipFile(out, "a") as archive:
        link = zipfile.ZipInfo("word/link.xml")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return out.getvalue()


def _overlapping() -> bytes:
    """Every entry of the directory points at the same bytes."""
    content = _letter({f"word/footer{n}.xml": bytes(MIB) for n in range(20)})
    start = content.rindex(b"PK\x05\x06")
    directory = struct.unpack("<I", content[start + 16 : start + 20])[0]
    changed, place = bytearray(content), directory
    first = None
    while changed[place : place + 4] == b"PK\x01\x02":
        lengths = struct.unpack("<HHH", changed[place + 28 : place + 34])
        name = bytes(changed[place + 46 : place + 46 + lengths[0]])
        if name.startswith(b"word/footer"):
            first = first or changed[place + 42 : place + 46]
            changed[place + 42 : place + 46] = first
        place += 46 + sum(lengths)
    return bytes(changed)


def _lying(factor: int) -> bytes:
    """The directory says that a part is smaller than what unpacks."""
    content = bytearray(_letter({"word/footer1.xml": bytes(MIB)}))
    place = content.rindex(b"word/footer1.xml") - 46
    content[place + 24 : place + 28] = struct.pack("<I", MIB // (factor * 2))
    return bytes(content)


def _flagged(flag: int) -> bytes:
    content = bytearray(a_docx())
    place = content.rindex(b"word/document.xml") - 46
    content[place + 8] |= flag
    return bytes(content)


def _method(number: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", number) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("word/document.xml", b"<a/>")
    return out.getvalue()


def _png(width: int, height: int, rows: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", rows or zlib.compress(b"\0")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _jpeg(draw: random.Random, width: int, height: int) -> bytes:
    whole = bytearray(a_picture("JPEG", draw))
    place = whole.index(b"\xff\xc0")
    whole[place + 5 : place + 9] = struct.pack(">HH", height, width)
    return bytes(whole)


def _webp(width: int, height: int) -> bytes:
    canvas = struct.pack("<I", width)[:3] + struct.pack("<I", height)[:3]
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + canvas
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _frames(draw: random.Random) -> bytes:
    whole = a_picture("PNG", draw)
    control = chunk(b"acTL", struct.pack(">II", 5_000, 0))
    frame = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 8, 8, 0, 0, 1, 1, 0, 0))
    return whole[:33] + control + frame * 5_000 + whole[33:]


def _pdf_with(*bodies: bytes) -> bytes:
    kept = [
        b"<< /Type /Catalog /Pages 2 0 R /X [%s] >>"
        % b" ".join(b"%d 0 R" % (number + 4) for number in range(len(bodies[:50]))),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
    ]
    return pdf_of([*kept, *bodies])
