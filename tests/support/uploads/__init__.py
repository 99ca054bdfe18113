"""Bad files, made by a seed: each with what must become of it. Nothing here is live but EICAR.

``MARK`` stands in whatever must not be left in what is given out.
"""

import io
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pikepdf

MARK = "CNRYx9Q2"
CLEAN, INFECTED = "clean", "infected"


@dataclass(frozen=True, slots=True)
class Item:
    """One file, and what becomes of it: ``clean`` (accepted without the mark) or why it is not."""

    name: str
    content: bytes
    expected: frozenset[str]


Maker = Callable[[random.Random], bytes]


def item(name: str, content: bytes, *expected: str) -> Item:
    """A row of the corpus."""
    return Item(name, content, frozenset(expected))


def holds(content: bytes, mark: str = MARK) -> bool:
    """Whether the mark is anywhere in a file: as it lies there, unpacked, or in wide letters."""
    wanted = [mark.encode(), mark.encode("utf-16-le"), mark.encode("utf-16-be")]
    return any(word in layer for layer in _layers(content) for word in wanted)


def _layers(content: bytes) -> Iterator[bytes]:
    yield content
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for part in archive.infolist():
                yield part.filename.encode()
                yield archive.read(part)
    if content.startswith(b"%PDF"):
        with pikepdf.open(io.BytesIO(content)) as document:
            for thing in document.objects:
                yield thing.unparse()
                if isinstance(thing, pikepdf.Stream):
                    yield thing.read_raw_bytes()
                    try:
                        yield thing.read_bytes()
                    except pikepdf.PdfError:
                        continue
