"""The shape of a fact: what its value may look like, so that no word about a person ever fits.

There is no shape for text. A code is one that its declaration lists, with its wording; everything
else is a number, a date, an identifier or a digest.
"""

import re
from enum import StrEnum
from typing import Final

Plain = bool | int | str | list["Plain"] | None


class Shape(StrEnum):
    """What the values of a fact are."""

    CODES = "codes"
    ID = "id"
    COUNT = "count"
    YES = "yes"
    DAY = "day"
    DIGEST = "digest"
    RECEIPT = "receipt"
    PERIOD = "period"
    OPERATION = "operation"


_WRITTEN: Final = {
    Shape.ID: re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    Shape.DAY: re.compile(r"[0-9]{4}-[01][0-9]-[0-3][0-9]"),
    Shape.DIGEST: re.compile(r"[0-9a-f]{64}"),
    Shape.RECEIPT: re.compile(r"r-[a-z2-7]{4}-[a-z2-7]{4}"),
    Shape.PERIOD: re.compile(r"year\.[0-9]{4}"),
    Shape.OPERATION: re.compile(r"home|unknown|[a-z]+:[a-z0-9_]+|api-[a-z0-9_-]+|live\.[a-z_]+"),
}


def fits(shape: Shape, value: Plain, codes: frozenset[str] = frozenset()) -> bool:
    """Whether a value, or each of several, is of this shape. Nothing fits every shape."""
    if isinstance(value, list):
        return all(fits(shape, each, codes) for each in value)
    if value is None:
        return True
    if shape is Shape.YES:
        return isinstance(value, bool)
    if shape is Shape.COUNT:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    if not isinstance(value, str):
        return False
    return value in codes if shape is Shape.CODES else bool(_WRITTEN[shape].fullmatch(value))
