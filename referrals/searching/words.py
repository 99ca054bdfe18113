"""Comparing words: accents, case and ligatures make no difference, and a word's start is enough."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Final

MOST_WORDS: Final = 8
SHORTEST: Final = 2
START, WHOLE, PHRASE = 1, 3, 4
"""What a match is worth: the start of a word, the whole word, all the words one after the other."""

_WORD: Final = re.compile(r"\w+")
_APART: Final = re.compile(r"\W+")
_LIGATURES: Final = str.maketrans(
    {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
_ODD: Final = re.compile("[œŒæÆøØłŁđĐðÐþÞıßẞ]")
"""Letters that become plain ones by more than losing an accent."""
_WITHOUT_SPACES: Final = 0x2E80
"""From here on are scripts that write no space between words: any letter can begin one."""


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


def folded(text: str) -> str:
    """The text in small plain letters, as it is compared; the words stay where they are."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text).casefold()
    if plain.isascii():
        return plain
    plain = _marks(beyond=False).sub("", plain)
    if _FAR.search(plain):
        plain = _marks(beyond=True).sub("", plain)
    return plain.translate(_LIGATURES) if _ODD.search(plain) else plain


def _skeleton(text: str) -> bytes:
    """Only the plain letters of a text, quickly: every plain word that is in it is in them."""
    if text.isascii():
        return text.lower().encode()
    if _ODD.search(text):
        return folded(text).encode("ascii", "ignore")
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").lower()


class Wanted:
    """The words that somebody looks for: at most eight, each of two characters or more."""

    def __init__(self, typed: str) -> None:
        found = dict.fromkeys(_WORD.findall(folded(typed)))
        self.words = tuple(word for word in found if _long_enough(word))[:MOST_WORDS]
        self._patterns = {word: _pattern(word) for word in self.words}
        self._plain = all(word.isascii() for word in self.words)
        self._bytes = tuple((1 << n, word.encode()) for n, word in enumerate(self.words))
        self.all = (1 << len(self.words)) - 1
        self._phrase = " ".join(_WORD.findall(folded(typed)))

    def __bool__(self) -> bool:
        return bool(self.words)

    def may_be_in(self, text: str) -> int:
        """Which of the words a text can hold, a bit for each: quick, and never one too few."""
        found = 0
        if self._plain:
            letters = _skeleton(text)
            for bit, word in self._bytes:
                if word in letters:
                    found |= bit
            return found
        plain = folded(text)
        for number, word in enumerate(self.words):
            if word in plain:
                found |= 1 << number
        return found

    def worth_of(self, texts: Iterable[str]) -> dict[str, int]:
        """What each word that is found in the texts is worth, and the whole phrase as ``''``."""
        worth: dict[str, int] = {}
        for text in texts:
            plain = folded(text)
            for word, pattern in self._patterns.items():
                if word in plain:
                    _keep_best(worth, word, _worth(pattern, plain))
            if len(self.words) > 1 and self._phrase in _APART.sub(" ", plain):
                worth[""] = PHRASE
        return worth


def _long_enough(word: str) -> bool:
    return len(word) >= SHORTEST or ord(word[0]) >= _WITHOUT_SPACES


def _pattern(word: str) -> re.Pattern[str]:
    begins = "" if ord(word[0]) >= _WITHOUT_SPACES else r"(?<!\w)"
    return re.compile(f"{begins}{re.escape(word)}(\\w?)")


def _worth(pattern: re.Pattern[str], plain: str) -> int:
    best = 0
    for match in pattern.finditer(plain):
        if not match[1]:
            return WHOLE
        best = START
    return best


def _keep_best(worth: dict[str, int], word: str, found: int) -> None:
    if found > worth.get(word, 0):
        worth[word] = found
