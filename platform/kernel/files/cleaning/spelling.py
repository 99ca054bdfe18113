"""Finding a word in the letters of a page, however it is spelt there.

Capitals, accents, ligatures, the kind of space, apostrophe or hyphen, and the end of a line in the
middle of it make no difference: what is to be hidden has to be found.
"""

import unicodedata
from collections.abc import Iterator, Sequence

_LETTERS = str.maketrans(
    {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
    | {"\u2019": "'", "\u02bc": "'"}
)
_PARTING = frozenset("\u00ad\ufffe\x02")
"""What stands for a hyphen at the end of a line: a reader of PDF leaves the line's end out."""
_HYPHENS = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2212") | _PARTING
_QUIET = ("Mn", "Me", "Cf", "Sk")
"""Accents and what shows nothing."""
Letters = list[tuple[str, int]]
"""Plain letters, each with the place that it comes from."""


def found_in(codes: Sequence[int], word: str) -> Iterator[tuple[int, int]]:
    """The first and the last place of the word, each time that it is there."""
    wanted = "".join(letter for letter, _place in _plain([ord(c) for c in word], joined=False))
    seen: set[int] = set()
    for joined in (False, True):
        letters = _plain(codes, joined=joined)
        text = "".join(letter for letter, _place in letters)
        start = text.find(wanted) if wanted else -1
        while start >= 0:
            first, last = letters[start][1], letters[start + len(wanted) - 1][1]
            if first not in seen:
                seen.add(first)
                yield first, last
            start = text.find(wanted, start + 1)


def _plain(codes: Sequence[int], *, joined: bool) -> Letters:
    """Small letters without accents; whatever stands between two words is one space.

    ``joined`` puts together again what a hyphen at the end of a line parts.
    """
    found: Letters = []
    between = ""
    for place, code in enumerate(codes):
        letter = chr(code) if 0 < code < 0x110000 else " "
        if letter in _HYPHENS or letter.isspace():
            between += letter
            continue
        bare = _bare(letter)
        if bare and between:
            if found and not (joined and _parts_a_word(between)):
                found.append((" ", place))
            between = ""
        found += [(one, place) for one in bare]
    return found


def _parts_a_word(between: str) -> bool:
    ends = not set(between).isdisjoint("\r\n")
    return not _PARTING.isdisjoint(between) or (ends and not _HYPHENS.isdisjoint(between))


def _bare(letter: str) -> str:
    """The letters that one letter is compared as; none for an accent."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", letter).casefold())
    bare = "".join(c for c in folded if unicodedata.category(c) not in _QUIET)
    return bare.translate(_LETTERS).strip()
