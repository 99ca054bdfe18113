"""Comparing words: accents, case and ligatures make no difference, and a word's start is enough."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from referrals.searching.folding import folded

MOST_WORDS: Final = 8
SHORTEST: Final = 2
START, WHOLE, PHRASE = 1, 3, 4
"""What a match is worth: the start of a word, the whole word, all the words one after the other."""

_WORD: Final = re.compile(r"\w+")
_APART: Final = re.compile(r"\W+")
_WITHOUT_SPACES: Final = 0x2E80
"""From here on are scripts that write no space between words: any letter can begin one."""


class Wanted:
    """The words that somebody looks for: at most eight, each of two characters or more."""

    def __init__(self, typed: str) -> None:
        found = dict.fromkeys(_WORD.findall(folded(typed)))
        self.words = tuple(word for word in found if _long_enough(word))[:MOST_WORDS]
        self._patterns = {word: _pattern(word) for word in self.words}
        self._phrase = " ".join(_WORD.findall(folded(typed)))

    def __bool__(self) -> bool:
        return bool(self.words)

    def worth_of(self, texts: Iterable[str]) -> dict[str, int]:
        """What each word that is found in the texts is worth, and the whole phrase as ``''``."""
        worth: dict[str, int] = {}
        for text in texts:
            plain = folded(text)
            held = [word for word in self.words if word in plain]
            for word in held:
                _keep_best(worth, word, _worth(self._patterns[word], plain))
            if 1 < len(held) == len(self.words) and self._phrase in _APART.sub(" ", plain):
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
