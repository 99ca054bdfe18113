"""What the sealer has signed last, remembered outside the database.

Whoever puts an older copy of the database in the place of this one takes back what was signed
since, and the copy is whole in itself. The sealer notices: it keeps the last checkpoint of each
cell in a file of its own, and signs nothing for a cell whose tree does not contain it.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from audit import keys
from audit.checkpoint import Checkpoint, read


@dataclass(frozen=True, slots=True)
class Memory:
    """A folder with one note for each cell."""

    folder: Path

    def has(self, cell_id: int) -> bool:
        """Whether anything was signed for the cell."""
        return self._place(cell_id).exists()

    def remembered(self, cell_id: int, known: Sequence[Ed25519PublicKey] = ()) -> Checkpoint | None:
        """The last checkpoint that was signed for the cell. BadNote when the file was altered."""
        try:
            note = self._place(cell_id).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        return read(note, known or keys.public_keys())

    def remember(self, cell_id: int, note: str) -> None:
        """Keep this note in place of the one before; on the disk when this returns.

        Called once the checkpoint is committed: what is remembered was there for all to see.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = self._place(cell_id)
        new = place.with_suffix(".new")
        with new.open("w", encoding="utf-8") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        new.replace(place)
        folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def set_aside(self, cell_id: int, said: Checkpoint | None) -> None:
        """Go on without what was remembered; the note stays beside, as what it proves."""
        place = self._place(cell_id)
        if said is not None:
            place.replace(place.with_suffix(f".lost-{said.size}"))

    def _place(self, cell_id: int) -> Path:
        return self.folder / f"{cell_id}.txt"


def memory() -> Memory | None:
    """The folder that REMPART_LOG_MEMORY names; None where there is none."""
    return Memory(Path(settings.LOG_MEMORY)) if settings.LOG_MEMORY else None


def remembered(cell_id: int, known: Sequence[Ed25519PublicKey] = ()) -> Checkpoint | None:
    """What the sealer on this machine has signed last for the cell."""
    kept = memory()
    return kept.remembered(cell_id, known) if kept else None
