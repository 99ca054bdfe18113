"""What a file is called for people, and how that name travels in a header."""

import re
import unicodedata
from urllib.parse import quote

LONGEST = 120
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])")
_FORBIDDEN = re.compile(r'[<>:"/\\|?*%]')
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}$")
_KEPT_CATEGORIES = ("L", "M", "N", "P", "S", "Zs")


def shown_name(sent: str, suffix: str, otherwise: str) -> str:
    """A name that is safe to show and to save as, with the ending that the content deserves.

    Folders, control and direction marks, reserved names and every ending that was sent are gone.
    ``otherwise`` is used when nothing is left.
    """
    stem = re.split(r"[/\\\x00]", sent.encode("utf-8", "ignore").decode())[-1]
    stem = "".join(c for c in stem if unicodedata.category(c).startswith(_KEPT_CATEGORIES))
    # Only now: what stood between a letter and its accent is gone.
    stem = _FORBIDDEN.sub(" ", unicodedata.normalize("NFC", stem))
    stem = _without_endings(re.sub(r"\s+", " ", stem))
    if not stem or not any(c.isalnum() for c in stem):
        stem = otherwise
    if _RESERVED.fullmatch(stem.split(".")[0].strip()):
        stem = f"_{stem}"
    return stem + suffix


def _without_endings(stem: str) -> str:
    """The stem without any ending, however many there are, and short enough."""
    before = None
    while stem != before:
        before = stem
        stem = _ENDING.sub("", stem.strip(" .-_")[:LONGEST])
    return stem


def disposition(name: str, *, inline: bool = False) -> str:
    """The Content-Disposition header (RFC 6266), with an ASCII name beside the real one."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", plain).strip() or "document"
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
