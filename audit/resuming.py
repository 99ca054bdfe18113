"""How far a verification has come, in a file, so that one that was interrupted can go on.

The file says what this verifier itself has compared. It lies where the verifier runs, and whoever
may write there may make it skip: keep it away from whoever administers the database. It is good for
a day, and only while nothing was found.
"""

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.leaf import Key

GOOD_FOR = 86_400


@dataclass(frozen=True, slots=True)
class Progressed:
    """The state between two portions of one cell's log."""

    size: int
    """Leaves compared so far: whole tiles."""
    entries: int
    fetched: Key
    edge: tuple[bytes, ...]
    checkpoints: int
    good: tuple[int, Key]
    """The last checkpoint passed, and the entry under its end."""


class Progress:
    """The file with what has been compared of each cell."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._cells: dict[str, Any] = {}
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            if time.time() - found["began"] < GOOD_FOR:
                self._began, self._cells = found["began"], found["cells"]
                return
        except (OSError, ValueError, LookupError, TypeError):
            pass
        self._began = time.time()

    def of(self, cell_id: int) -> Progressed | None:
        """Where to go on in this cell; None for the beginning."""
        found = self._cells.get(str(cell_id))
        if found is None:
            return None
        return Progressed(
            size=found["size"],
            entries=found["entries"],
            fetched=Key(*found["fetched"]),
            edge=tuple(bytes.fromhex(row) for row in found["edge"]),
            checkpoints=found["checkpoints"],
            good=(found["good"], Key(*found["good_hi"])),
        )

    def keep(self, cell_id: int, reached: Progressed) -> None:
        """Write down what has been compared, as a whole or not at all."""
        self._cells[str(cell_id)] = {
            "size": reached.size,
            "entries": reached.entries,
            "fetched": list(reached.fetched),
            "edge": [row.hex() for row in reached.edge],
            "checkpoints": reached.checkpoints,
            "good": reached.good[0],
            "good_hi": list(reached.good[1]),
        }
        new = self._path.with_name(f"{self._path.name}.new")
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump({"began": self._began, "cells": self._cells}, file)
        new.replace(self._path)

    def end(self) -> None:
        """Everything has been verified: the next time begins at the beginning."""
        self._path.unlink(missing_ok=True)
