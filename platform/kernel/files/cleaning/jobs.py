"""Which job is done by what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kernel.files.cleaning import Refused

Asked = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a job."""

    pieces: list[bytes]
    facts: dict[str, Any] = field(default_factory=dict)


def clean(content: bytes, asked: Asked) -> Made:
    """The file made anew, without what it said of its author, its place and its past."""
    kind = asked["kind"]
    # Each kind loads its own libraries: a process for a picture does not wait for those of a PDF.
    if kind in ("jpeg", "png", "webp"):
        from kernel.files.cleaning import pictures

        return Made([pictures.clean(content, kind)], {"pages": 1})
    if kind == "pdf":
        from kernel.files.cleaning import pdf

        made, pages = pdf.clean(content)
        return Made([made], {"pages": pages})
    if kind in ("docx", "odt"):
        from kernel.files.cleaning import office

        return Made([office.clean(content, kind)], {"pages": 0})
    raise Refused("wrong_type")


def show(content: bytes, asked: Asked) -> Made:
    """One page as a picture, with the reader's name across it."""
    from kernel.files.cleaning import showing

    return Made([showing.page(content, asked["kind"], asked["number"], asked["words"])])


def read(content: bytes, asked: Asked) -> Made:
    """The paragraphs of a letter, as text."""
    from kernel.files.cleaning import showing

    return Made(["\n".join(showing.paragraphs(content, asked["kind"])).encode()])


def mark(content: bytes, asked: Asked) -> Made:
    """The file to keep, with the name of who takes it."""
    from kernel.files.cleaning import marking

    return Made([marking.marked(content, asked["kind"], asked["words"])])


def redact(content: bytes, asked: Asked) -> Made:
    """A copy without what must not be read."""
    from kernel.files.cleaning import redacting

    made, found = redacting.redacted(content, asked["kind"], asked["zones"], asked["words"])
    return Made([made], {"found": found})


JOBS: dict[str, Callable[[bytes, Asked], Made]] = {
    "clean": clean,
    "show": show,
    "read": read,
    "mark": mark,
    "redact": redact,
}
