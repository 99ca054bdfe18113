"""Opening a directory file: which format it is in, and its records one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from django.utils.translation import gettext as _

from agencies.directory.columns import Layout
from agencies.directory.errors import Refusal, UnreadableFile

_BOM: Final = b"\xef\xbb\xbf"
_FOREIGN: Final = (
    (b"PK\x03\x04", "xlsx, ods, zip"),
    (b"\x1f\x8b", "gzip"),
    (b"\xd0\xcf\x11\xe0", "xls"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
    (b"%PDF", "pdf"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """The values of one line, by the name of our field; `line` is where to look in the file."""

    line: int
    values: dict[str, str]


class Reader(Protocol):
    """What both formats offer: a layout, and rows read without holding the file in memory."""

    layout: Layout

    def rows(self) -> Iterator[Row | Refusal]:
        """Give each line, or why it cannot be read. Raises UnreadableFile."""


def open_reader(stream: BinaryIO) -> Reader:
    """Look at the first bytes and return the reader of that format, placed at the start."""
    from agencies.directory.csv_file import CsvReader
    from agencies.directory.json_file import JsonReader

    start = stream.read(512)
    for magic, name in _FOREIGN:
        if start.startswith(magic):
            raise UnreadableFile(
                _(
                    "Ce fichier est au format %(name)s. Il faut un fichier CSV en UTF-8 ou JSON, "
                    "tel que publié."
                )
                % {"name": name}
            )
    has_mark = start.startswith(_BOM)
    stream.seek(len(_BOM) if has_mark else 0)
    text = start[len(_BOM) if has_mark else 0 :].lstrip()
    if not text:
        raise UnreadableFile(_("Ce fichier est vide."))
    if text[:1] in (b"[", b"{"):
        return JsonReader(stream)
    return CsvReader(stream)


def open_file(path: Path) -> BinaryIO:
    """Open a file for reading, or say in a sentence why it cannot be."""
    try:
        return path.open("rb")
    except OSError as error:
        raise UnreadableFile(
            _("Le fichier %(path)s ne peut pas être ouvert : %(why)s.")
            % {"path": path, "why": error.strerror or error}
        ) from error
