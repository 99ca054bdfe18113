"""A place in a list of days, as it stands in an address."""

import re
from datetime import date

from audit.desk.own import Mark

_TEXT = re.compile(r"(\d{4}-\d{2}-\d{2})_([0-9a-f]+)", re.ASCII)


def mark_text(mark: Mark | None) -> str:
    """A place for an address; empty for none."""
    return f"{mark[0].isoformat()}_{mark[1]}" if mark else ""


def mark_from(text: str, digits: int) -> Mark | None:
    """The place in an address, of so many digits; None when there is none, or something else."""
    match = _TEXT.fullmatch(text)
    if match is None or len(match[2]) != digits:
        return None
    try:
        return date.fromisoformat(match[1]), match[2]
    except ValueError:
        return None
