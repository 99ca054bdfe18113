"""A place in the log as it stands in an address."""

import re

from audit.leaf import Key

_TEXT = re.compile(r"(\d{1,5})-(\d{1,19})-(\d{1,18})")


def place_text(key: Key | None) -> str:
    """A key for an address; empty for none."""
    return "-".join(map(str, key)) if key else ""


def place_from(text: str) -> Key | None:
    """The key in an address; None when there is none, or something else."""
    match = _TEXT.fullmatch(text)
    if match is None or int(match[1]) > 32767:
        return None
    return Key(int(match[1]), int(match[2]), int(match[3]))
