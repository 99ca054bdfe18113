"""Comparing what people type: accents, case, hyphens and ligatures make no difference."""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import Final

_APART: Final = re.compile(r"[^a-z0-9]+")
_EMPTY_WORDS: Final = frozenset({"de", "du", "des", "la", "le", "les", "l", "d", "a", "et", "en"})
ALIKE: Final = 0.86
"""Above this, two names are shown to a person as possibly the same."""


def folded(text: str) -> str:
    """The words of a text in small plain letters, with one space between them."""
    plain = text.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae").replace("Æ", "ae")
    letters = unicodedata.normalize("NFKD", plain)
    letters = "".join(c for c in letters if not unicodedata.combining(c)).casefold()
    return _APART.sub(" ", letters).strip()


def look_alike(one: str, other: str) -> bool:
    """Whether two names may well be those of the same organisation."""
    first, second = _words(one), _words(other)
    if not first or not second:
        return False
    if set(first) <= set(second) or set(second) <= set(first):
        return True
    return difflib.SequenceMatcher(None, " ".join(first), " ".join(second)).ratio() >= ALIKE


def _words(text: str) -> list[str]:
    return [word for word in folded(text).split() if word not in _EMPTY_WORDS]
