"""Texts that people or programs type, made by a seed: each with what must become of it."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

KEPT, REFUSED = "kept", "refused"


@dataclass(frozen=True, slots=True)
class Item:
    """One text, and whether it is kept as it was typed or refused."""

    name: str
    text: str
    expected: str

    def line(self) -> str:
        """The item in a manifest: what it is called, a digest, what becomes of it."""
        digest = hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()
        return f"{self.name},{digest},{self.expected}"


def numbered(prefix: str, made: Iterable[tuple[str, str]], expected: str) -> Iterator[Item]:
    """Items whose names say what they are and count them."""
    for number, (what, text) in enumerate(made):
        yield Item(f"{prefix}-{what}-{number}", text, expected)
