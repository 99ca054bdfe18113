"""The few kinds of files that are accepted, each with its own limit, and how content shows them."""

import io
import zipfile
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: what it is served as, how its name ends, how large it may be."""

    code: str
    label: Promise
    media: str
    suffix: str
    limit: int
    shown_as_pages: bool = True


JPEG = Kind("jpeg", _("Image JPEG"), "image/jpeg", ".jpg", 15 * MIB)
PNG = Kind("png", _("Image PNG"), "image/png", ".png", 15 * MIB)
WEBP = Kind("webp", _("Image WebP"), "image/webp", ".webp", 15 * MIB)
PDF = Kind("pdf", _("Document PDF"), "application/pdf", ".pdf", 25 * MIB)
DOCX = Kind(
    "docx",
    _("Document Word"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".docx",
    10 * MIB,
    shown_as_pages=False,
)
ODT = Kind(
    "odt",
    _("Document OpenDocument"),
    "application/vnd.oasis.opendocument.text",
    ".odt",
    10 * MIB,
    shown_as_pages=False,
)

KINDS = {kind.code: kind for kind in (JPEG, PNG, WEBP, PDF, DOCX, ODT)}
LARGEST = max(kind.limit for kind in KINDS.values())
_MOST_NAMES = 2000
"""More parts than any letter or report has; an archive with more is not looked into."""


def kind_of(content: bytes) -> Kind | None:
    """The kind that the first bytes show, and for a container its list of parts; None for others.

    A name or a declared type is never asked. Nothing is unpacked here.
    """
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    if content.startswith((b"%PDF-1.", b"%PDF-2.")):
        return PDF
    if content.startswith(b"PK\x03\x04"):
        return _office_kind(content)
    return None


def _office_kind(content: bytes) -> Kind | None:
    # Each entry of the list begins so: a list that is too long is not read at all.
    if content.count(b"PK\x01\x02") > _MOST_NAMES:
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError, OSError):
        return None
    if {"[Content_Types].xml", "word/document.xml"} <= names:
        return DOCX
    if {"mimetype", "content.xml"} <= names and content[30:].startswith(
        b"mimetype" + ODT.media.encode()
    ):
        return ODT
    return None
