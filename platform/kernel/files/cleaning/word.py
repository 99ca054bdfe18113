"""Word documents: the text, its look and its pictures, without authors and their changes."""

import posixpath
import re

from kernel.files.cleaning import Refused, markup
from kernel.files.cleaning.markup import Element

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_TEXTS = re.compile(
    r"word/(?:document|styles|numbering|settings|fontTable|footnotes|endnotes|header\d*|footer\d*"
    r"|theme/theme\d*)\.xml"
)
_MEDIA = re.compile(r"word/media/[\w.-]+\.(?:jpe?g|png)", re.IGNORECASE)
_RELATIONS = re.compile(r"(?:_rels/\.rels|word/_rels/[\w]+\.xml\.rels)")
_DROPPED = [
    _W + name
    for name in (
        "del", "moveFrom", "commentRangeStart", "commentRangeEnd", "commentReference", "rsids",
        "moveFromRangeStart", "moveFromRangeEnd", "moveToRangeStart", "moveToRangeEnd",
        "rPrChange", "pPrChange", "sectPrChange", "tblPrChange", "tcPrChange", "trPrChange",
        "tblGridChange", "numberingChange", "cellDel", "cellIns", "delText", "altChunk",
        "documentProtection", "attachedTemplate", "mailMerge", "docVars", "writeProtection",
        "permStart", "permEnd", "control", "object",
    )
]  # fmt: skip
_UNWRAPPED = [_W + "ins", _W + "moveTo", _W + "smartTag"]
_PERSONAL = re.compile(r"^(?:author|date|initials|rsid\w*|docId|userId|paraId|textId|durableId)$")
_FIELD_RUNS = re.compile(
    r"(?i)\b(?:DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|LINK|MACROBUTTON|DATABASE|IMPORT|EMBED|RD"
    r"|AUTHOR|LASTSAVEDBY|FILENAME|USERNAME|USERADDRESS|USERINITIALS|TEMPLATE|DOCPROPERTY)\b"
)
_PLAIN_LINK = re.compile(r"(?i)(?:https?://|mailto:)[^\s\"<>]+")


def cut(parts: dict[str, bytes]) -> dict[str, bytes]:
    """The parts that stay, cut."""
    kept = {name: part for name, part in parts.items() if _MEDIA.fullmatch(name)}
    for name, part in parts.items():
        if _TEXTS.fullmatch(name):
            kept[name] = _text(part)
    for name, part in parts.items():
        if _RELATIONS.fullmatch(name):
            kept[name] = _relations(name, part, kept)
    kept["[Content_Types].xml"] = _types(parts.get("[Content_Types].xml", b""), kept)
    return kept


def _text(part: bytes) -> bytes:
    root = markup.parsed(part)
    _refuse_what_runs(root)
    markup.drop(root, _DROPPED)
    markup.unwrap(root, _UNWRAPPED)
    markup.drop_attributes(root, lambda name, value: bool(_PERSONAL.match(markup.local(name))))
    return markup.written(root)


def _refuse_what_runs(root: Element) -> None:
    """Fields that fetch, start or name somebody. One may be spread over several pieces."""
    fields = "".join(element.text or "" for element in root.iter(_W + "instrText"))
    simple = " ".join(element.get(_W + "instr", "") for element in root.iter(_W + "fldSimple"))
    if _FIELD_RUNS.search(fields) or _FIELD_RUNS.search(simple):
        raise Refused("active")


def _relations(name: str, part: bytes, kept: dict[str, bytes]) -> bytes:
    """Only what leads to a part that stays, or is a plain link for a person to press."""
    root = markup.parsed(part)
    base = posixpath.dirname(posixpath.dirname(name))
    for relation in list(root.iter(_RELATION)):
        target = relation.get("Target", "")
        if relation.get("TargetMode") == "External":
            link = relation.get("Type", "").endswith("/hyperlink")
            stays = link and _PLAIN_LINK.fullmatch(target) is not None
        else:
            stays = posixpath.normpath(posixpath.join("/" + base, target)).lstrip("/") in kept
        if not stays:
            root.remove(relation)
    return markup.written(root)


def _types(part: bytes, kept: dict[str, bytes]) -> bytes:
    root = markup.parsed(part)
    for entry in list(root):
        named = entry.get("PartName")
        if named is not None and named.lstrip("/") not in kept:
            root.remove(entry)
        elif "macroEnabled" in entry.get("ContentType", ""):
            raise Refused("active")
    return markup.written(root)
