"""Says what happened to entries that are no longer the ones that were sealed.

A full tile keeps the hash of each of its 256 leaves and a bundle the number of each entry, so
inside them every entry is judged alone.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Literal

from audit.leaf import COLUMNS, Entry, key_of, read
from audit.merkle import leaf_hash

What = Literal[
    "changed",
    "removed",
    "inserted",
    "moved",
    "exchanged",
    "reordered",
    "unsealed",
    "segment",
    "truncated",
    "forked",
    "tile",
    "bundle",
    "checkpoint",
    "signature",
    "cosignature",
    "illegible",
    "purge",
]
"""What was found. ``segment``: one of a few entries sealed together, without knowing which one.

``forked``: everything inside agrees, but a copy that somebody kept outside says something else.
``cosignature``: it does not sign what the log says was signed there. ``illegible``: what is kept
as a cosignature is none of its witness, whatever the text.
``purge``: entries were named for a purge, but not as the log says, or not by two people.
"""

MOST_SUSPECTS = 40
_ORDER = ("epoch", "xid", "id")

Whereabouts = Callable[[Sequence[int]], Mapping[int, int]]
"""Where entries of these numbers are now, seen through the verifier's rights: number -> cell."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: what, and at which place in the log it begins."""

    what: What
    cell_id: int
    index: int
    """The leaf's place in the cell's log, from 0; where a place is not known, the nearest one."""
    id: int | None = None
    """The number of the entry."""
    other: int | None = None
    """The entry it was exchanged with, the cell it was moved to, the level of a tile."""
    last_id: int | None = None
    """Where the entry is one of several: the number of the last of them."""
    count: int = 1


def located(
    cell_id: int,
    first: int,
    expected: Sequence[tuple[int, bytes]],
    found: Sequence[bytes],
    whereabouts: Whereabouts,
) -> Iterator[Finding]:
    """Compare what was sealed (entry number and leaf hash, in order) with the leaves now there."""
    places = {number: place for place, (number, _hash) in enumerate(expected)}
    present, twice = _once_each(dict(expected), found)
    missing = [number for number in places if number not in present]
    elsewhere = whereabouts(missing) if missing else {}
    for number in missing:
        what: What = "moved" if number in elsewhere else "removed"
        yield Finding(what, cell_id, first + places[number], number, elsewhere.get(number))
    for number, leaf in present.items():
        if number not in places:
            yield Finding("inserted", cell_id, first + _nearest(leaf, found, places), number)
    for leaf in twice:
        place = first + _nearest(leaf, found, places)
        yield Finding("inserted", cell_id, place, key_of(leaf).id)
    suspects = [
        number
        for number, hash_ in expected
        if number in present and leaf_hash(present[number]) != hash_
    ]
    swapped = _exchanged(suspects, present, dict(expected))
    for number in suspects:
        what, pair = swapped.get(number, ("changed", None))
        yield Finding(what, cell_id, first + places[number], number, pair)


def _once_each(
    sealed: Mapping[int, bytes], found: Sequence[bytes]
) -> tuple[dict[int, bytes], list[bytes]]:
    """The entries by number, the one that was sealed where a number stands there twice."""
    present: dict[int, bytes] = {}
    twice: list[bytes] = []
    for leaf in found:
        number = key_of(leaf).id
        other = present.get(number)
        if other is None or leaf_hash(leaf) == sealed.get(number):
            present[number] = leaf
        if other is not None:
            twice.append(leaf if present[number] is other else other)
    return present, twice


def _nearest(leaf: bytes, found: Sequence[bytes], places: Mapping[int, int]) -> int:
    """The sealed place in front of which an inserted entry stands."""
    for following in found[found.index(leaf) :]:
        place = places.get(key_of(following).id)
        if place is not None:
            return place
    return len(places)


def _exchanged(
    suspects: Sequence[int], present: Mapping[int, bytes], expected: Mapping[int, bytes]
) -> dict[int, tuple[What, int]]:
    """Pairs of changed entries that become whole again when they give one column back.

    When that is a column of the order, they have changed places.
    """
    pairs: dict[int, tuple[What, int]] = {}
    if len(suspects) > MOST_SUSPECTS:
        return pairs
    entries = {number: _entry(present[number]) for number in suspects}
    for one, other in permutations(suspects, 2):
        mine, theirs = entries[one], entries[other]
        if mine is None or theirs is None or one in pairs:
            continue
        for column, whole in _with_one_of(mine, theirs):
            if whole.hash() == expected[one]:
                pairs[one] = ("reordered" if column in _ORDER else "exchanged", other)
                break
    return pairs


def _with_one_of(mine: Entry, theirs: Entry) -> Iterator[tuple[str, Entry]]:
    """The entry with one column of the other, and with everything but its own number."""
    for column in COLUMNS:
        yield column, replace(mine, **{column: getattr(theirs, column)})
    yield "", replace(theirs, id=mine.id)
    yield "", replace(theirs, id=mine.id, xid=mine.xid, epoch=mine.epoch)
    yield "", replace(theirs, id=mine.id, xid=mine.xid, epoch=mine.epoch, at=mine.at)


def _entry(leaf: bytes) -> Entry | None:
    try:
        return read(leaf)
    except ValueError:
        return None
