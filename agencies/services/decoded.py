"""The words of a file as spreadsheets write it: in UTF-8, UTF-16 with its mark or Windows-1252."""

from __future__ import annotations

import codecs
import unicodedata
from typing import Final

MARKS: Final = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
WITHOUT_MARK: Final = ("utf-8-sig", "cp1252")
LINES: Final = frozenset("\t\r\n")


def decoded(content: bytes) -> str | None:
    """The text, or None for what is none: a picture, a workbook, a file cut in the middle.

    Nearly every sequence of bytes is something in Windows-1252, so control characters, which no
    spreadsheet writes, tell the rest from text.
    """
    for encoding in (MARKS[content[:2]],) if content[:2] in MARKS else WITHOUT_MARK:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if any(_is_control(one) for one in text) else text
    return None


def _is_control(one: str) -> bool:
    return one not in LINES and unicodedata.category(one) == "Cc"
