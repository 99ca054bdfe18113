"""The same routes about a case that is closed: what comes too late, and what stays possible.

Made from the rows of a case that is followed: whoever could act then and still sees the case is
told that it is too late, unless the act is named here. A new act has its row here by itself.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from tests.authorisation.operations import OPERATIONS
from tests.authorisation.rows import SEEN_BY, Operation

CLOSED: Final = "closed"
OF_A_CASE: Final = frozenset(
    {"submitted", "unassigned", "qualified", "activated", "planned", "told"}
)
TOO_LATE: Final = 409
STAYS_POSSIBLE: Final[Mapping[str, int]] = {
    "referrals:sent GET": 200,
    "referrals:case GET": 200,
    "referrals:ask_export GET": 200,
    "referrals:ask_export POST": 302,
    "referrals:who_sees GET": 200,
    "referrals:who_sees_part GET": 200,
    "referrals:why GET": 200,
    "referrals:why POST": 200,
    "api-exports-list POST": 201,
    "api-referrals-readers GET": 200,
    "api-referrals-explain POST": 200,
    "api-referrals-detail GET": 200,
    # Nobody is left who could be given one, which the form says first.
    "referrals:measure POST": 422,
}
"""What is still answered, and how, though the case is closed."""


def _after_closing(operation: Operation) -> Operation:
    return replace(
        operation,
        about=CLOSED,
        may=operation.may & SEEN_BY[CLOSED],
        answers=STAYS_POSSIBLE.get(str(operation), TOO_LATE),
    )


AFTER_CLOSING: Final = tuple(
    _after_closing(operation) for operation in OPERATIONS if operation.about in OF_A_CASE
)
EVERY: Final = OPERATIONS + AFTER_CLOSING
"""Every operation, about what it is for and about a case that is closed."""
