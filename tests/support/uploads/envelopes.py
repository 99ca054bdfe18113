"""U6: requests that say one thing of a file and bring another, or cannot be taken apart."""

import random
from dataclasses import dataclass

from tests.support.documents import PNG, a_docx, a_pdf

BOUNDARY = "----grenze"
FIELDS = {"nature": "other", "part": "facts", "intimate": "no"}


@dataclass(frozen=True, slots=True)
class Envelope:
    """A request body with its type, and the statuses that may answer it."""

    name: str
    body: bytes
    kind: str
    expected: frozenset[int]


def part(name: str, content: bytes, *, head: str = "", filename: str | None = None) -> bytes:
    """One part of a form."""
    file = f'; filename="{filename}"' if filename is not None else ""
    said = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n{head}\r\n'
    return said.encode("utf-8", "surrogatepass") + content + b"\r\n"


def form(*parts: bytes, fields: dict[str, str] | None = None, end: bool = True) -> bytes:
    """A whole form."""
    said = FIELDS if fields is None else fields
    body = b"".join(part(name, value.encode()) for name, value in said.items()) + b"".join(parts)
    return body + (f"--{BOUNDARY}--\r\n".encode() if end else b"")


def a_file(content: bytes = PNG, *, head: str = "Content-Type: image/png\r\n") -> bytes:
    return part("file", content, head=head, filename="a.png")


def corpus(seed: int) -> list[Envelope]:
    """150 requests."""
    draw = random.Random(seed)
    usual = f"multipart/form-data; boundary={BOUNDARY}"
    made: list[Envelope] = []

    def add(name: str, body: bytes, *expected: int, kind: str = usual) -> None:
        made.append(Envelope(f"{len(made)} {name}", body, kind, frozenset(expected)))

    for said in (
        "text/html",
        "image/svg+xml",
        "application/x-msdownload",
        "",
        "x" * 500,
        "image/*",
    ):
        for content in (PNG, a_pdf(), a_docx()):
            add(f"called {said[:20]}", form(a_file(content, head=f"Content-Type: {said}\r\n")), 302)
    for content in (
        b"",
        b"GIF89a",
        b"MZ" + bytes(90),
        b"\x89PNG",
        draw.randbytes(400),
        b"%PDF-9.9",
    ):
        for said in ("image/png", "application/pdf"):
            add("not what it says", form(a_file(content, head=f"Content-Type: {said}\r\n")), 422)
    good = form(a_file())
    for kind in ("multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data;;",
                 "multipart/form-data; boundary=other", "multipart/mixed; boundary=" + BOUNDARY,
                 "multipart/form-data; boundary=" + "x" * 300, "text/plain", "application/json",
                 "application/x-www-form-urlencoded", "", "application/octet-stream",
                 "multipart/form-data; boundary=\u00e9",
                 'multipart/form-data; boundary="a b\\"'):  # fmt: skip
        add(f"sent as {kind[:40]}", good, 400, 413, 422, kind=kind)
    for cut in range(12):
        place = len(good) * (cut + 1) // 13
        add(f"cut at {place}", good[:place], 302, 400, 422)
    add("without an end", form(a_file(), end=False), 302, 400, 422)
    add("no part at all", f"--{BOUNDARY}--\r\n".encode(), 422)
    add("nothing", b"", 400, 422)
    for count in (50, 500, 999):
        extra = {f"x{number}": "y" for number in range(count)}
        add(f"{count} more fields", form(a_file(), fields=FIELDS | extra), 302, 400)
    for count in (1_001, 20_000):
        extra = {f"x{number}": "y" for number in range(count)}
        add(f"{count} more fields", form(a_file(), fields=FIELDS | extra), 400, 413)
    for count in (2, 9, 11, 100, 2_000):
        answers = (302, 422) if count < 10 else (400, 413)
        add(f"{count} files", form(*[a_file() for _n in range(count)]), *answers)
    for name in FIELDS:
        twice = part(name, b"facts")
        add(f"{name} twice", form(a_file(), twice), 302, 422)
        add(f"{name} as a file", form(part(name, PNG, filename="x"), a_file()), 302, 422)
        without = {key: value for key, value in FIELDS.items() if key != name}
        add(f"without {name}", form(a_file(), fields=without), 422)
        for value in ("x" * 10_000, "\x00", "../", "-1", "judicial", "é" * 99):
            add(f"{name} {value[:6]!r}", form(a_file(), fields=FIELDS | {name: value}), 422)
    add("file as text", form(part("file", b"abc")), 422)
    add("long head", form(a_file(head="X-Y: " + "z" * 70_000 + "\r\n")), 302, 400, 422)
    add(
        "many heads",
        form(a_file(head="".join(f"X{n}: y\r\n" for n in range(3_000)))),
        302,
        400,
        422,
    )
    for encoding in ("base64", "quoted-printable", "gzip", "x-unknown", "7bit"):
        head = f"Content-Type: image/png\r\nContent-Transfer-Encoding: {encoding}\r\n"
        add(f"encoded {encoding}", form(a_file(head=head)), 302, 400, 422)
    add("too much of a file", form(a_file(PNG + bytes(6 * 1024 * 1024))), 422)
    add(
        "too much of a field", form(a_file(), fields=FIELDS | {"source": "x" * 2_000_000}), 400, 413
    )
    for number in range(150 - len(made)):
        noise = bytearray(good)
        for _change in range(draw.randint(1, 20)):
            noise[draw.randrange(len(noise))] = draw.randrange(256)
        add(f"noise {number}", bytes(noise), 302, 400, 422)
    return made
