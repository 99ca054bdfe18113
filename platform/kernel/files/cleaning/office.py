"""Letters of a word processor: only the parts that carry the letter itself are packed again."""

import re
from collections.abc import Callable

from kernel.files.cleaning import Refused, opendocument, word
from kernel.files.cleaning.archives import packed, unpacked
from kernel.files.cleaning.pictures import clean as clean_picture

RULES: dict[str, Callable[[dict[str, bytes]], dict[str, bytes]]] = {
    "docx": word.cut,
    "odt": opendocument.cut,
}
FIRST = {"odt": "mimetype"}
_RUNS = re.compile(
    r"(?i)vbaproject|vbadata|activex|/embeddings/|oleobject|^basic/|^scripts/|^object |"
    r"\.(?:bin|exe|dll|js|vbs|bat|cmd|scr|ps1|hta|jar|lnk|swf)$"
)
_PICTURE = re.compile(r"(?:word/media|Pictures)/[\w.-]+\.(jpe?g|png)", re.IGNORECASE)


def clean(content: bytes, kind: str) -> bytes:
    """The letter made anew. Raises Refused for one that holds programs or other documents."""
    parts = unpacked(content)
    if any(_RUNS.search(name) for name in parts):
        raise Refused("active")
    pictures = {name: _redrawn(part) for name, part in parts.items() if _PICTURE.fullmatch(name)}
    texts = {name: part for name, part in parts.items() if not _PICTURE.fullmatch(name)}
    kept = RULES[kind](texts | pictures)
    return packed(kept, stored_first=FIRST.get(kind, ""))


def _redrawn(content: bytes) -> bytes:
    """A picture within a letter, drawn again."""
    kind = "png" if content.startswith(b"\x89PNG") else "jpeg"
    return clean_picture(content, kind)
