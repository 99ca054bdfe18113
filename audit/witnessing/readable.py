"""An entry as it is printed outside the application: its columns as text, nothing looked up.

Whoever has the leaf can say the same, so that nobody has to believe what is printed beside it.
"""

import base64
import csv
import io
import json
from collections.abc import Callable, Iterable
from datetime import UTC
from typing import Any

from audit import payload
from audit.leaf import EARLIEST, LATEST, read

COLUMNS = (
    *("id", "at", "kind", "outcome", "actor", "seat", "agency", "case_id", "subject_id"),
    *("request", "channel", "code", "facts"),
)
GoingOn = Callable[[], None]
"""Told of each entry, by whoever writes many: who waits for them hears that it goes on."""
_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r")


def readable(leaf: bytes) -> dict[str, Any]:
    """The columns of ``COLUMNS`` out of an entry's bytes; a moment that no calendar has is none."""
    entry = read(leaf)
    content = payload.decode(entry.payload)
    said: dict[str, Any] = {
        name: None if value is None else str(value)
        for name in COLUMNS[2:10]
        for value in [getattr(entry, name)]
    }
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"
    said |= {name: content.get(name) for name in ("channel", "code", "facts")}
    return {"id": entry.id, "at": at if EARLIEST < entry.at < LATEST else None, **said}


def nobody_waits() -> None:
    """Nothing is told to anybody."""


def written(
    entries: Iterable[tuple[int, bytes]], going_on: GoingOn = nobody_waits
) -> tuple[bytes, bytes]:
    """The entries as JSON lines and as CSV, each with its place in the log."""
    lines, table = io.BytesIO(), io.StringIO(newline="")
    rows = csv.writer(table)
    rows.writerow(["index", *COLUMNS])
    for index, leaf in entries:
        said = readable(leaf)
        line = {"index": index, "leaf": base64.b64encode(leaf).decode(), "read": said}
        lines.write(f"{plain(line)}\n".encode())
        rows.writerow([index, *map(_cell, said.values())])
        going_on()
    return lines.getvalue(), table.getvalue().encode()


def plain(value: object) -> str:
    """JSON in one way."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _cell(value: object) -> str:
    """Text for a table; what a spreadsheet would take for a formula begins with an apostrophe."""
    text = "" if value is None else value if isinstance(value, str) else plain(value)
    return f"'{text}" if text.startswith(_RUN_BY_SPREADSHEETS) else text
