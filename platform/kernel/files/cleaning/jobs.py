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


JOBS: dict[str, Callable[[bytes, Asked], Made]] = {"clean": clean}
