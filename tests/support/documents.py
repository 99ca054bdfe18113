"""Small files of every accepted kind, and documents made of them by the services."""

import base64
import io
import zipfile
from uuid import UUID

from kernel.files.kinds import DOCX, ODT
from kernel.scope import acting_as
from referrals.compartments import Compartment
from referrals.documents.services import add as adding
from referrals.documents.services.add import NewDocument
from referrals.models.document import Nature
from tests.support.world import Seated

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGNgYGAAAAAEAAH2FzhVAAAAAElFTkSuQmCC"
)


def a_pdf(text: str = "Compte rendu") -> bytes:
    """A page with a line of text, written by hand, with a right table of what it holds."""
    stream = b"BT /F1 12 Tf 72 720 Td (%s) Tj ET" % text.encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    return pdf_of(objects)


def pdf_of(objects: list[bytes], *, trailer: bytes = b"") -> bytes:
    """A PDF file of these objects, numbered from 1; the first one is its catalog."""
    written, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % place for place in places)
    written += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        trailer,
        start,
    )
    return bytes(written)


def zipped(parts: dict[str, bytes], *, first_stored: bool = False) -> bytes:
    """An archive of these parts."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, (name, content) in enumerate(parts.items()):
            stored = first_stored and place == 0
            archive.writestr(name, content, zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)
    return written.getvalue()


W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPES = (
    b'<?xml version="1.0" encoding="UTF-8"?><Types'
    b' xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    b'<Default Extension="xml" ContentType="application/xml"/><Default Extension="rels"'
    b' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    b'<Override PartName="/word/document.xml" ContentType="' + DOCX.media.encode() + b'.main+xml"/>'
    b"</Types>"
)
RELATIONS = (
    b'<?xml version="1.0" encoding="UTF-8"?><Relationships'
    b' xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1"'
    b' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"'
    b' Target="word/document.xml"/></Relationships>'
)


def a_docx(text: str = "Compte rendu", **more: bytes) -> bytes:
    """A letter of one line; ``more`` parts go with it, a double underline stands for a slash."""
    line = f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"
    body = f'<w:document xmlns:w="{W}"><w:body>{line}</w:body></w:document>'
    parts = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": RELATIONS,
        "word/document.xml": body.encode(),
    }
    return zipped(parts | {name.replace("__", "/") + ".xml": part for name, part in more.items()})


def an_odt(text: str = "Compte rendu") -> bytes:
    """The same as OpenDocument."""
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    words = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    content = (
        f'<office:document-content xmlns:office="{office}" xmlns:text="{words}"><office:body>'
        f"<office:text><text:p>{text}</text:p></office:text></office:body>"
        "</office:document-content>"
    )
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODT.media}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        "</manifest:manifest>"
    )
    return zipped(
        {
            "mimetype": ODT.media.encode(),
            "content.xml": content.encode(),
            "META-INF/manifest.xml": manifest.encode(),
        },
        first_stored=True,
    )


def a_document(
    seat: Seated,
    case_id: UUID,
    part: Compartment = Compartment.FACTS,
    *,
    content: bytes | None = None,
    name: str = "compte-rendu.pdf",
) -> UUID:
    """A document that this person has added, by the services that a page calls."""
    new = NewDocument(part, Nature.REPORT, name, intimate=False)
    with acting_as(seat.viewer) as viewer:
        ticket = adding.prepare(viewer, case_id, new)
    received = adding.receive(ticket, a_pdf() if content is None else content)
    with acting_as(seat.viewer) as viewer:
        return adding.add(viewer, ticket, received).pk
