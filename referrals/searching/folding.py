"""Texts in small plain letters, as they are compared: without accents, ligatures and capitals."""

from __future__ import annotations

import codecs
import re
import unicodedata
from functools import cache
from typing import Final

_LIGATURES: Final = str.maketrans(
    {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
_ODD: Final = re.compile("[œŒæÆøØłŁđĐðÐþÞıßẞ]")
"""Letters that become plain ones by more than losing an accent."""
_BASIC: Final = (0xAD, *range(0x300, 0x10000))
_BEYOND: Final = (*range(0x10000, 0x20000), *range(0xE0000, 0xE01F0))
_FAR: Final = re.compile("[\U00010000-\U0010ffff]")


@cache
def _marks(*, beyond: bool) -> re.Pattern[str]:
    """Accents, vowel points and characters that show nothing: what folding leaves out.

    In two patterns: one with places beyond the basic plane in it is searched twenty times slower.
    """
    ranges: list[list[int]] = []
    for place in _BEYOND if beyond else _BASIC:
        if unicodedata.category(chr(place)) in ("Mn", "Me", "Cf"):
            if ranges and ranges[-1][1] == place - 1:
                ranges[-1][1] = place
            else:
                ranges.append([place, place])
    return re.compile("[" + "".join(f"{chr(a)}-{chr(z)}" for a, z in ranges) + "]+")


def _any_folded(text: str) -> str:
    """By the rules of Unicode, whatever the script."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    if plain.isascii():
        return plain
    plain = _marks(beyond=False).sub("", plain)
    if _FAR.search(plain):
        plain = _marks(beyond=True).sub("", plain)
    return plain.translate(_LIGATURES) if _ODD.search(plain) else plain


_COMMON: Final = {
    **dict.fromkeys("’‘“”„…–—•€\u2009\u202f", " "),
    "œ": "oe",
    "Œ": "oe",
    **dict.fromkeys("\u0300\u0301\u0302\u0308\u0327\u200b", ""),
}
"""What French texts often hold beyond the letters of Western Europe, and what stays of it."""
_NO_LETTER: Final = re.compile(r"\W")


def _western(text: str) -> str:
    """The same, with a space for each sign beyond Western Europe that is no letter."""
    plain = _any_folded(text)
    return "".join(" " if one > "\xff" and _NO_LETTER.match(one) else one for one in plain)


_western_sign = cache(_western)
_WESTERN: Final = [_western(chr(place)) for place in range(256)]
_MICRO: Final = b"\xb5"
"""Becomes a Greek letter: the only one that does not stay in Western Europe."""
_LONGER: Final = {
    bytes([place]): plain.encode("latin-1")
    for place, plain in enumerate(_WESTERN)
    if len(plain) > 1
}
_TABLE: Final = bytes(
    ord(plain) if len(plain) == 1 and plain <= "\xff" else place
    for place, plain in enumerate(_WESTERN)
)
_GONE: Final = bytes(place for place, plain in enumerate(_WESTERN) if not plain)


def _become_western(error: UnicodeError) -> tuple[str, int]:
    """Letters of other countries and signs become plain ones; other scripts stay an error."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    signs = error.object[error.start : error.end]
    return "".join(map(_western_sign, signs)), error.end


codecs.register_error("rempart.western", _become_western)


def western_folded(text: str) -> str | None:
    """As ``folded`` for texts in Latin letters, by tables and many times faster; None for others.

    What is no letter may become another sign that is none: to words it makes no difference.
    """
    try:
        letters = text.encode("latin-1")
    except UnicodeEncodeError:
        for sign, plain in _COMMON.items():
            text = text.replace(sign, plain)
        try:
            letters = text.encode("latin-1", "rempart.western")
        except UnicodeEncodeError:
            return None
    if _MICRO in letters:
        return None
    for letter, longer in _LONGER.items():
        letters = letters.replace(letter, longer)
    return letters.translate(_TABLE, _GONE).decode("latin-1")


def folded(text: str) -> str:
    """The text in small plain letters, as it is compared; the words stay where they are."""
    if text.isascii():
        return text.lower()
    western = western_folded(text)
    return _any_folded(text) if western is None else western
