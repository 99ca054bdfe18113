"""What each operation answers to each seat in each relation to what it is about.

The rows say who may and how; the rules here say what that means for the seats of another cell, for
somebody who has not shown both factors, and for an object that does not exist. ``truth.txt`` has
the result for every row, and the tests ask for it.
"""

from typing import Final

from tests.authorisation.after_closing import EVERY
from tests.authorisation.rows import Operation

SEATS: Final = (
    *("pilot", "other_pilot", "coordinator", "prosecutor", "gendarme"),
    *("police", "victim_support", "prefecture", "auditor", "cell_admin"),
)
"""The seats of a cell, in the order of the table."""

STRANGERS: Final = ("pilot", "coordinator", "prosecutor", "gendarme", "auditor", "cell_admin")
"""The seats of another cell that ask."""

WITHOUT: Final = ("anybody", "half_way", "before_the_choice", "ended")
"""Browsers of people who have not shown both factors, or not said in which place they are."""

IN_A_DIRECTORY: Final = "organisation"
"""Organisations are public: the administration of any cell may let one join."""

NAMED_IN_THE_BODY: Final = {"agencies:invite": 422, "agencies:switch": 404, "api-places": 404}
"""What is sent there names an agency or a seat of the first cell, which is not theirs to choose."""

OF_THE_SEALED: Final = ("audit:checkpoint", "audit:consistency", "api-audit-checkpoint")
"""What there is once something is sealed, which in the other cell nothing is."""

TAKES_THE_SEALED: Final = ("audit:exports", "api-audit-exports")
"""What is asked for there is made of what is sealed."""

ABOUT_SOMETHING = tuple(operation for operation in EVERY if operation.about)
ABOUT_NOTHING = tuple(operation for operation in EVERY if not operation.about)

BEFORE_CHARTER: Final = {
    "home": "Says that the charter waits.",
    "agencies:charter": "Is the charter.",
    "agencies:confirm": "Shows the factor that signing needs.",
    "agencies:confirmed": "Says whether the factor has been shown.",
    "agencies:account": "Who one is.",
    "agencies:switch": "Takes another of one's own places.",
    "agencies:factors": "One's own factors, without which nothing can be signed.",
    "agencies:backup_codes": "One's own factors.",
    "agencies:new_totp": "One's own factors.",
    "agencies:confirm_totp": "One's own factors.",
    "agencies:new_passkey": "One's own factors.",
    "agencies:ask_new_passkey": "One's own factors.",
    "agencies:rename_factor": "One's own factors.",
    "agencies:remove_factor": "One's own factors.",
    "agencies:sessions": "One's own sessions.",
    "agencies:end_session": "Ends one's own session.",
    "agencies:end_others": "Ends one's own sessions.",
    "api-session-list": "One's own session.",
    "api-session-factor": "Shows the factor that signing needs.",
}
"""What is open before the charter is signed. Nothing of it names anybody but oneself."""


def abroad(operation: Operation, seat: str) -> int | None:
    """The status for the same seat of another cell; none where the directory is everybody's."""
    if operation.about == IN_A_DIRECTORY and seat in operation.may:
        return None
    if operation.about:
        return 404
    if operation.method == "POST" and operation.name in NAMED_IN_THE_BODY and seat in operation.may:
        return NAMED_IN_THE_BODY[operation.name]
    if operation.method == "POST" and operation.name in TAKES_THE_SEALED and seat in operation.may:
        return 409
    if operation.name in OF_THE_SEALED and seat in operation.may:
        return 404  # nothing of the other cell is sealed yet
    return operation.expects(seat)


def challenged(operation: Operation) -> int:
    """The status without both factors: the API says so, a page leads to the sign-in."""
    return 401 if operation.is_api else 302


def before_charter(operation: Operation) -> int | None:
    """The status before the charter is signed; none where the answer is the usual one."""
    if operation.name in BEFORE_CHARTER:
        return None
    return 403 if operation.is_api else 303
