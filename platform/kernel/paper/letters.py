"""Letters as a page shows them: Arabic ones joined, and what is read from the right turned round.

The library that writes pages puts one letter after the other from the left, as they come. Which
shapes a letter has, and which way it runs, is in Python's own tables of Unicode.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import groupby

FORMS = ("<isolated>", "<final>", "<initial>", "<medial>")
FROM_RIGHT = {"R", "AL"}
FROM_LEFT = {"L"}
DIGITS = {"EN", "AN"}
LAM, TATWEEL = "\u0644", "\u0640"
MIRRORED = dict(zip("()[]{}«»<>", ")(][}{»«><", strict=True))
SHAPED = (range(0xFB50, 0xFE00), range(0xFE70, 0xFEFD))

Forms = dict[str, str]


def visual(line: str) -> str:
    """One line of text in the order and the shapes in which it is seen from the left."""
    if line.isascii():
        return line
    line = unicodedata.normalize("NFC", line)
    if not any(unicodedata.bidirectional(letter) in FROM_RIGHT for letter in set(line)):
        return line
    return "".join(_turned(_joined(line)))


@cache
def _shapes() -> dict[str, Forms]:
    """Each letter, or lam with the alef after it, with the shapes that it has."""
    found: dict[str, Forms] = {}
    for number in (number for block in SHAPED for number in block):
        form, *parts = unicodedata.decomposition(chr(number)).split() or [""]
        letters = "".join(chr(int(part, 16)) for part in parts)
        is_lam_alef = len(letters) == 2 and letters[0] == LAM and letters[1] in "اآأإ"
        if form in FORMS and (len(letters) == 1 or is_lam_alef):
            found.setdefault(letters, {}).setdefault(form, chr(number))
    return found


def _clusters(line: str) -> list[str]:
    """Each letter with the marks above and below it."""
    found: list[str] = []
    for letter in line:
        if found and unicodedata.bidirectional(letter) == "NSM":
            found[-1] += letter
        else:
            found.append(letter)
    return found


def _joined(line: str) -> list[str]:
    """The clusters, each letter in the shape that its neighbours give it."""
    clusters, done, place, held = _clusters(line), [], 0, False
    while place < len(clusters):
        one, taken = clusters[place], 1
        letters, marks = one[0], one[1:]
        after = clusters[place + 1] if place + 1 < len(clusters) else ""
        if after and letters + after[0] in _shapes():
            letters, marks, taken = letters + after[0], marks + after[1:], 2
            after = clusters[place + 2] if place + 2 < len(clusters) else ""
        forms = _shapes().get(letters, {})
        before, holds = held and _takes(letters), _gives(letters) and bool(after)
        follows = holds and _takes(after[0])
        form = FORMS[(3 if before else 2) if follows else (1 if before else 0)]
        done.append(forms.get(form, letters) + marks)
        held, place = _gives(letters), place + taken
    return done


def _takes(letter: str) -> bool:
    """Whether it is joined to the letter before it."""
    return letter == TATWEEL or "<final>" in _shapes().get(letter, {})


def _gives(letter: str) -> bool:
    """Whether the letter after it is joined to it."""
    return letter == TATWEEL or "<initial>" in _shapes().get(letter, {})


def _turned(clusters: list[str]) -> Iterator[str]:
    """What runs from the right, turned round between what runs from the left; numbers are not."""
    ways = [unicodedata.bidirectional(cluster[0]) for cluster in clusters]
    place = 0
    while place < len(clusters):
        if ways[place] not in FROM_RIGHT:
            yield clusters[place]
            place += 1
            continue
        left = next((n for n in range(place, len(ways)) if ways[n] in FROM_LEFT), len(ways))
        end = 1 + max(n for n in range(place, left) if ways[n] in FROM_RIGHT)
        run = list(zip(clusters[place:end], ways[place:end], strict=True))
        for digits, part in groupby(reversed(run), key=lambda one: one[1] in DIGITS):
            turned = [MIRRORED.get(cluster, cluster) for cluster, _way in part]
            yield from reversed(turned) if digits else turned
        place = end
