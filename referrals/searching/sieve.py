"""A quick look through many texts at once: which of them hold a word, wherever in them.

Whether it stands at the start of a word, and how well a text answers, says ``Wanted.worth_of``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from referrals.searching.folding import folded, western_folded

_BETWEEN: Final = "\0"
"""Stands between two texts: folding leaves it as it is, and it is part of no word."""
_GROUP: Final = 50
_SAMPLE: Final = 200_000


class Sieve:
    """Texts, folded and one after the other: a word is looked for in all of them in one go."""

    def __init__(self, texts: Sequence[str]) -> None:
        groups = (texts[at : at + _GROUP] for at in range(0, len(texts), _GROUP))
        self._letters = _BETWEEN.join(map(_folded_group, groups))

    def rarest_first(self, words: Iterable[str]) -> list[str]:
        """The words in the order of how often they stand in some of the texts."""
        return sorted(words, key=lambda word: self._letters.count(word, 0, _SAMPLE))

    def holding(self, word: str) -> list[int]:
        """The places, in their order, of the texts that hold the word."""
        letters, found = self._letters, []
        begins = place = 0
        while (at := letters.find(word, begins)) >= 0:
            place += letters.count(_BETWEEN, begins, at)
            found.append(place)
            ends = letters.find(_BETWEEN, at)
            if ends < 0:
                break
            begins, place = ends + 1, place + 1
        return found


def _folded_group(texts: Sequence[str]) -> str:
    whole = _BETWEEN.join(texts)
    if whole.count(_BETWEEN) >= len(texts):
        texts = [text.replace(_BETWEEN, " ") for text in texts]
        whole = _BETWEEN.join(texts)
    letters = western_folded(whole)
    return _BETWEEN.join(map(folded, texts)) if letters is None else letters
