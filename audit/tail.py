"""Compares the entries behind the last full tile. No stored hash knows them, only checkpoints do.

So damage is told to the entries that were sealed together between two checkpoints; when there is
only one of them, or only one too many, to the entry itself.
"""

from collections.abc import Callable, Sequence

from audit import log, merkle
from audit.damage import Finding
from audit.leaf import Key, key_of
from audit.walk import Walk


def compare(
    walk: Walk,
    leaves: Sequence[bytes],
    size: int,
    cell_id: int,
    report: Callable[[Finding], None],
) -> None:
    """Walk from the last full tile to the last checkpoint over the leaves that should lie there."""
    left = list(leaves)
    while walk.next is not None:
        step = walk.next.size - walk.tree.size
        part, hashes = left[:step], _hashes(left[:step])
        trusted = walk.signed_root(walk.next) is not None
        if len(part) < step or (trusted and not walk.fits(hashes, walk.next)):
            _count(walk, left, size, cell_id, report)
            return
        walk.grow(hashes, part)
        left = left[step:]
    if left:
        first, last = _ends(left)
        report(Finding("inserted", cell_id, size, first, last_id=last, count=len(left)))


def _count(
    walk: Walk,
    left: list[bytes],
    size: int,
    cell_id: int,
    report: Callable[[Finding], None],
) -> None:
    """From the first checkpoint that does not agree: how many entries lie before each, and how
    many were sealed. What they say can only be judged in the first of these segments."""
    begin, told = walk.tree.size, False
    stored = walk.next
    while stored is not None:
        if not left:
            report(Finding("truncated", cell_id, begin, count=size - begin))
            return
        part = [leaf for leaf in left if key_of(leaf) <= stored.hi]
        left = left[len(part) :]
        sealed = stored.size - begin
        if len(part) < sealed:
            report(Finding("removed", cell_id, begin, count=sealed - len(part)))
        elif len(part) > sealed:
            extra = None if told else _one_too_many(walk, part, stored)
            first, last = _ends(part) if extra is None else (extra.id, None)
            count = len(part) - sealed
            report(Finding("inserted", cell_id, begin, first, last_id=last, count=count))
        elif not told:
            first, last = _ends(part)
            if sealed == 1:
                report(Finding("changed", cell_id, begin, first))
            else:
                report(Finding("segment", cell_id, begin, first, last_id=last, count=sealed))
        told = True
        begin, stored = stored.size, walk.skip()


def _one_too_many(walk: Walk, part: list[bytes], stored: log.Stored) -> Key | None:
    """The entry without which the others are what was signed."""
    for at, leaf in enumerate(part):
        if walk.fits(_hashes([*part[:at], *part[at + 1 :]]), stored):
            return key_of(leaf)
    return None


def _ends(part: Sequence[bytes]) -> tuple[int, int]:
    return key_of(part[0]).id, key_of(part[-1]).id


def _hashes(leaves: Sequence[bytes]) -> bytes:
    return b"".join(map(merkle.leaf_hash, leaves))
