"""Tables for spreadsheets, in which nothing that people wrote is ever a formula."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence

# A cell is taken apart again by whoever reads the file with another separator, so that a formula
# may begin after any of them, and after quotes, spaces and what cannot be seen.
_STARTS = "=+\\-@|%＝＋－﹣−﹢＠﹫﹦｜％"
_BEFORE = re.compile(
    f"(^|[\\n\\r\\t;,|:&])([\\s\"'`\u00a0\u200b-\u200f\u2028-\u202e\ufeff]*)(?=[{_STARTS}])"
)
_KEPT_CONTROLS = "\n"


def harmless(text: str) -> str:
    """The text as a cell that no spreadsheet computes: an apostrophe stands before a formula.

    Control characters other than the end of a line are gone.
    """
    shown = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    shown = "".join(c for c in shown if c in _KEPT_CONTROLS or unicodedata.category(c) != "Cc")
    return _BEFORE.sub(lambda found: f"{found[0]}'", shown)


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A table as spreadsheets here read it: UTF-8 with a mark, semicolons, every cell quoted."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    for row in (columns, *rows):
        writer.writerow([harmless(cell) for cell in row])
    return b"\xef\xbb\xbf" + written.getvalue().encode("utf-8", "replace")
