"""OpenDocument texts: the text, its look and its pictures, without authors and their changes."""

import re

from kernel.files.cleaning import Refused, markup
from kernel.files.cleaning.markup import Element

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_XLINK = "{http://www.w3.org/1999/xlink}"
_MANIFEST = "{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}"
_PICTURE = re.compile(r"Pictures/[\w.-]+\.(?:jpe?g|png)", re.IGNORECASE)
_DROPPED = [
    _OFFICE + "annotation", _OFFICE + "annotation-end", _OFFICE + "scripts", _OFFICE + "meta",
    _OFFICE + "event-listeners", _TEXT + "tracked-changes", _TEXT + "change",
    _TEXT + "change-start", _TEXT + "change-end", _TEXT + "author-name", _TEXT + "author-initials",
    _TEXT + "creator", _TEXT + "initial-creator", _TEXT + "printed-by", _TEXT + "file-name",
    _TEXT + "dde-connection-decls", _TEXT + "dde-connection",
]  # fmt: skip
_RUNS = [
    _OFFICE + "dde-source", _DRAW + "object", _DRAW + "object-ole", _DRAW + "applet",
    _DRAW + "plugin", _DRAW + "floating-frame", _TEXT + "script", _TEXT + "execute-macro",
]  # fmt: skip
_SENDER = re.compile(r"^sender-")
_PLAIN_LINK = re.compile(r"(?i)(?:https?://|mailto:|#)[^\s\"<>]*")


def cut(parts: dict[str, bytes]) -> dict[str, bytes]:
    """The parts that stay, cut."""
    if "content.xml" not in parts or "mimetype" not in parts:
        raise Refused("broken")
    kept = {name: part for name, part in parts.items() if _PICTURE.fullmatch(name)}
    for name in ("content.xml", "styles.xml"):
        if name in parts:
            kept[name] = _text(parts[name], kept)
    kept["mimetype"] = parts["mimetype"]
    kept["META-INF/manifest.xml"] = _manifest(parts.get("META-INF/manifest.xml", b""), kept)
    return kept


def _text(part: bytes, kept: dict[str, bytes]) -> bytes:
    root = markup.parsed(part)
    if next(root.iter(*_RUNS), None) is not None:
        raise Refused("active")
    if any("script" in str(element.tag) for element in root.iter("{*}event-listener")):
        raise Refused("active")
    markup.drop(root, [*_DROPPED, *_named_after_people(root)])
    for element in root.iter():
        target = element.get(_XLINK + "href")
        if target is None:
            continue
        link = element.tag == _TEXT + "a" and _PLAIN_LINK.fullmatch(target)
        if not link and target.removeprefix("./") not in kept:
            del element.attrib[_XLINK + "href"]
    return markup.written(root)


def _named_after_people(root: Element) -> set[str]:
    """Fields that print who sends the letter, from the settings of a computer."""
    return {
        element.tag
        for element in root.iter()
        if isinstance(element.tag, str) and _SENDER.match(markup.local(element.tag))
    }


def _manifest(part: bytes, kept: dict[str, bytes]) -> bytes:
    root = markup.parsed(part)
    for entry in list(root.iter(_MANIFEST + "file-entry")):
        path = entry.get(_MANIFEST + "full-path", "")
        if next(entry.iter(_MANIFEST + "encryption-data"), None) is not None:
            raise Refused("locked")
        if path != "/" and path not in kept:
            root.remove(entry)
    return markup.written(root)
