"""XML of letters: read without entities and without asking anybody, cut, and written again."""

import re
from collections.abc import Callable, Collection
from typing import Any

from lxml import etree

from kernel.files.cleaning import Refused

_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_LONGEST_TAG = re.compile(rb"<[^<>]{65536}")
"""A tag of a hundred thousand attributes takes minutes to read; no letter has one."""
Element = Any


def parsed(content: bytes) -> Element:
    """The root. A document type is refused: entities, and files of elsewhere, begin with one."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or content[:4] == b"\x00\x00\xfe\xff":
        raise Refused("broken")
    if _DOCTYPE.search(content) or b"\x00" in content:
        raise Refused("active")
    if _LONGEST_TAG.search(content):
        raise Refused("bomb")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        return etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Refused("broken") from error


def written(root: Element) -> bytes:
    """The XML of a root."""
    made: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return made


def drop(root: Element, names: Collection[str]) -> None:
    """Take these elements out with all that is in them; what follows them stays."""
    for element in list(root.iter(*names)):
        _remove(element)


def unwrap(root: Element, names: Collection[str]) -> None:
    """Take these elements out and leave what is in them."""
    for element in list(root.iter(*names)):
        parent = element.getparent()
        if parent is None:
            continue
        place = parent.index(element)
        for offset, child in enumerate(list(element)):
            parent.insert(place + offset, child)
        parent.remove(element)


def drop_attributes(root: Element, unwanted: Callable[[str, str], bool]) -> None:
    """Take out every attribute of which ``unwanted(name, value)`` says so."""
    for element in root.iter():
        for name, value in list(element.attrib.items()):
            if unwanted(name, value):
                del element.attrib[name]


def local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("}")[2]


def _remove(element: Element) -> None:
    parent = element.getparent()
    if parent is None:
        raise Refused("broken")
    if element.tail:
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
    parent.remove(element)
