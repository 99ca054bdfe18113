"""RFC 6962 word for word: roots and proofs by recursion over all leaves, slow and plain."""

from functools import cache
from hashlib import sha256


def cut(width):
    """The largest power of two smaller than the width."""
    k = 1
    while k * 2 < width:
        k *= 2
    return k


class Naive:
    """A tree over leaf hashes, all of them at hand."""

    def __init__(self, hashes):
        self.hashes = hashes
        self.root = cache(self._root)

    def _root(self, start, end):
        if end - start == 0:
            return sha256(b"").digest()
        if end - start == 1:
            return self.hashes[start]
        middle = start + cut(end - start)
        return sha256(b"\x01" + self.root(start, middle) + self.root(middle, end)).digest()

    def path(self, index, start, end):
        """Section 2.1.1."""
        if end - start == 1:
            return []
        middle = start + cut(end - start)
        if index < middle:
            return [*self.path(index, start, middle), self.root(middle, end)]
        return [*self.path(index, middle, end), self.root(start, middle)]

    def subproof(self, older, start, end, whole=True):
        """Section 2.1.2."""
        if older == end:
            return [] if whole else [self.root(start, end)]
        middle = start + cut(end - start)
        if older <= middle:
            return [*self.subproof(older, start, middle, whole), self.root(middle, end)]
        return [*self.subproof(older, middle, end, False), self.root(start, middle)]
