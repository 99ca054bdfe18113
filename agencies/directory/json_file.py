"""The directory as JSON, read piece by piece.

Four shapes are published: a list of records, an object that holds the list under `results` or
`records`, one record a line, and records whose values stand under `fields`.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from django.utils.translation import gettext as _

from agencies.directory.columns import Layout
from agencies.directory.errors import Refusal, UnreadableFile
from agencies.directory.reading import Row

_PIECE: Final = 256 * 1024
_LARGEST_VALUE: Final = 2 * 1024 * 1024
_LISTS: Final = ("results", "records")
_SPACE: Final = re.compile(r"[ \t\r\n]*")


class JsonReader:
    """Reads records one at a time: the memory used is that of one piece and one record."""

    def __init__(self, stream: BinaryIO) -> None:
        self.layout = Layout()
        self._stream = stream
        self._decode = codecs.getincrementaldecoder("utf-8")()
        self._parse = json.JSONDecoder().raw_decode
        self._text = ""
        self._at = 0
        self._ended = False

    def rows(self) -> Iterator[Row | Refusal]:
        """Give each record as a row, numbered from 1 in the order of the file."""
        number = 0
        for number, record in enumerate(self._records(), start=1):
            if not isinstance(record, dict):
                yield Refusal(number, "", _("Cet enregistrement n'est pas un objet."))
                continue
            inner = record.get("fields")
            yield self._row(number, inner if isinstance(inner, dict) else record)
        if not number:
            raise UnreadableFile(_("Ce fichier JSON ne contient aucune liste d'établissements."))
        self.layout.check()

    def _row(self, number: int, record: dict[str, Any]) -> Row:
        values: dict[str, str] = {}
        for header, value in record.items():
            field = self.layout.field_of(header)
            if field is not None:
                values[field] = _as_text(value)
        if number == 1 and not values:
            self.layout.check()
        return Row(number, values)

    def _records(self) -> Iterator[Any]:
        while self._next_mark():
            mark = self._text[self._at]
            if mark == "[":
                yield from self._list()
            elif mark == "{":
                yield from self._object()
            else:
                raise self._broken()

    def _list(self) -> Iterator[Any]:
        self._at += 1
        while self._next_mark() and self._text[self._at] != "]":
            yield self._value()
            self._comma_or("]")
        self._expect("]")

    def _object(self) -> Iterator[Any]:
        """Give the records of the list an object holds, or the object itself if it holds none."""
        self._expect("{")
        record: dict[str, Any] = {}
        holds_list = False
        while self._next_mark() and self._text[self._at] != "}":
            key = self._value()
            self._expect(":")
            if key in _LISTS and self._next_mark() and self._text[self._at] == "[":
                holds_list = True
                yield from self._list()
            else:
                record[str(key)] = self._value()
            self._comma_or("}")
        self._expect("}")
        if not holds_list:
            yield record

    def _value(self) -> Any:
        """Parse the value that starts here, reading on for as long as it is incomplete."""
        self._next_mark()
        while True:
            try:
                value, end = self._parse(self._text, self._at)
            except (ValueError, RecursionError) as error:
                if isinstance(error, RecursionError):
                    raise self._broken() from error
                if not self._more():
                    raise (_cut_short() if self._is_cut(error) else self._broken()) from error
                continue
            if end == len(self._text) and self._more():
                continue
            self._at = end
            return value

    def _comma_or(self, closing: str) -> None:
        if not self._next_mark() or self._text[self._at] not in (",", closing):
            raise self._broken()
        if self._text[self._at] == ",":
            self._at += 1

    def _expect(self, mark: str) -> None:
        if not self._next_mark() or self._text[self._at] != mark:
            raise self._broken()
        self._at += 1

    def _next_mark(self) -> bool:
        """Move to the next character that is not a space; False at the end of the file."""
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text):
                return True
            if not self._more():
                return False

    def _more(self) -> bool:
        """Read one more piece, dropping what has been used. False when there is none."""
        if self._ended:
            return False
        if len(self._text) - self._at > _LARGEST_VALUE:
            raise self._broken()
        raw = self._stream.read(_PIECE)
        self._ended = not raw
        try:
            piece = self._decode.decode(raw, final=self._ended)
        except UnicodeDecodeError as error:
            raise UnreadableFile(_("Ce fichier JSON n'est pas en UTF-8.")) from error
        self._text = self._text[self._at :] + piece
        self._at = 0
        return bool(piece) or not self._ended

    def _is_cut(self, error: ValueError) -> bool:
        """Whether the parser was missing the rest, rather than stumbling over something."""
        if not isinstance(error, json.JSONDecodeError):
            return False
        return error.msg.startswith("Unterminated") or error.pos >= len(self._text.rstrip())

    def _broken(self) -> UnreadableFile:
        near = self._text[self._at : self._at + 30].strip()
        if not near:
            return _cut_short()
        return UnreadableFile(_("Ce fichier JSON est mal formé près de « %s ».") % near)


def _cut_short() -> UnreadableFile:
    return UnreadableFile(_("Ce fichier JSON s'arrête avant la fin."))


def _as_text(value: Any) -> str:
    if value is None or isinstance(value, list):
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, dict):
        return f"{value['lat']}, {value['lon']}" if {"lat", "lon"} <= value.keys() else ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
