"""U1: files that are two things at once."""

import io
import random
import struct
import zlib
from collections.abc import Iterator

from PIL import Image

from tests.support.documents import a_docx, a_pdf, pdf_of, zipped
from tests.support.uploads import CLEAN, MARK, Item, item


def a_picture(kind: str, draw: random.Random, **options: object) -> bytes:
    """A small picture of noise."""
    size = (draw.randint(8, 40), draw.randint(8, 40))
    picture = Image.frombytes("RGB", size, draw.randbytes(size[0] * size[1] * 3))
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    """A piece of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunk(png: bytes, kind: bytes, body: bytes) -> bytes:
    """The PNG with one more piece, right after its head."""
    return png[:33] + chunk(kind, body) + png[33:]


def with_segment(jpeg: bytes, marker: int, body: bytes) -> bytes:
    """The JPEG with one more segment at its start."""
    return jpeg[:2] + bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def payloads(draw: random.Random) -> dict[str, bytes]:
    """What hides in, before or behind an honest file."""
    number = draw.randint(0, 9999)
    return {
        "html": f"<html><script>alert('{MARK}{number}')</script></html>".encode(),
        "js": f"*/=1;alert('{MARK}{number}')/*".encode(),
        "exe": b"MZ\x90\x00" + MARK.encode() + draw.randbytes(64),
        "svg": f"<svg xmlns='http://www.w3.org/2000/svg' onload='{MARK}'/>".encode(),
        "php": f"<?php system('{MARK}'); ?>".encode(),
        "zip": zipped({f"{MARK}.txt": draw.randbytes(90)}),
    }


def corpus(seed: int) -> Iterator[Item]:
    """120 items."""
    draw = random.Random(seed)
    for turn in range(2):
        for name, payload in payloads(draw).items():
            png, jpeg = a_picture("PNG", draw), a_picture("JPEG", draw)
            webp = a_picture("WEBP", draw)
            yield item(f"png then {name} {turn}", png + payload, CLEAN)
            yield item(f"jpeg then {name} {turn}", jpeg + payload, CLEAN)
            yield item(f"webp then {name} {turn}", webp + payload, CLEAN, "broken")
            yield item(f"pdf then {name} {turn}", a_pdf() + payload, CLEAN, "broken")
            yield item(f"{name} then pdf {turn}", payload + a_pdf(), "wrong_type")
            said = with_chunk(png, b"tEXt", b"Comment\0" + payload)
            yield item(f"png says {name} {turn}", said, CLEAN)
            said = with_segment(jpeg, 0xFE, payload)
            yield item(f"jpeg says {name} {turn}", said, CLEAN)
            hidden = a_pdf().replace(b"%\xe2\xe3\xcf\xd3\n", b"%" + payload.split(b"\n")[0] + b"\n")
            yield item(f"pdf remarks {name} {turn}", hidden, CLEAN, "broken")
            yield item(f"gif with {name} {turn}", b"GIF89a" + payload, "wrong_type")
            film = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2mp41" + payload
            yield item(f"mp4 with {name} {turn}", film, "wrong_type")
    yield from _letters(draw)


def _letters(draw: random.Random) -> Iterator[Item]:
    for name, payload in payloads(draw).items():
        yield item(f"{name} then docx", payload + a_docx(), "wrong_type", CLEAN, "broken", "bomb")
    for ending, expected in (("exe", "active"), ("js", "active"), ("html", CLEAN), ("png", CLEAN)):
        extra = zipped_into(a_docx(), f"word/{MARK}.{ending}", payloads(draw)["html"])
        yield item(f"docx with {ending}", extra, expected)
    unused = a_pdf().replace(
        b"endobj\n2 0", b"endobj\n9 0 obj\n(" + MARK.encode() + b")\nendobj\n2 0"
    )
    yield item("pdf with an object nobody asks for", unused, CLEAN, "broken")
    kept = pdf_of([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"])
    yield item("pdf without a page", kept, "broken")


def zipped_into(archive: bytes, name: str, content: bytes) -> bytes:
    """The archive with one more part."""
    import zipfile

    out = io.BytesIO(archive)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, content)
    return out.getvalue()
