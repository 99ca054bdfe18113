"""Remembers what a step was done with, so that it is done again only when that changes."""

import hashlib
from collections.abc import Iterable
from pathlib import Path


def fingerprint(files: Iterable[Path], *words: str) -> str:
    """A hash over the names and contents of these files, and over these words."""
    digest = hashlib.sha256("\0".join(words).encode())
    for path in sorted(files):
        digest.update(f"\0{path}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


class Stamp:
    """What a step was last done with. A step that was interrupted has no stamp."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def is_current(self, wanted: str) -> bool:
        """Whether the step was completed with exactly this."""
        try:
            return self.path.read_text() == wanted
        except FileNotFoundError:
            return False

    def forget(self) -> None:
        """Mark the step as not done, before doing it."""
        self.path.unlink(missing_ok=True)

    def write(self, wanted: str) -> None:
        """Mark the step as done."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(wanted)
