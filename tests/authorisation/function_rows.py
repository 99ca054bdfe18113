"""One call of a function by the role of the pages, and the excuses that several of them share."""

from __future__ import annotations

from dataclasses import dataclass

OWN = "Says to whoever asks what their own session is, and takes nothing that names anybody else."
OWN_CELL = "Takes place in the cell of whoever asks, whatever is passed to it."
SHOWN = (
    "Whoever shows the secret of a session is its person; the digest in the table opens nothing."
)
SILENT = "Takes a lock that whoever may not see the case never gets; answers nothing to anybody."


@dataclass(frozen=True, slots=True)
class Call:
    """One call, as SQL with names of the ground.

    ``by`` gets something from it, so that the names are known to be right (``unproved`` says where
    else that is seen); ``nothing_to`` are seats of the same cell that get nothing. A function that
    ``acts`` refuses all others with an error. ``to_nobody`` extends the excuse to no session.
    """

    sql: str
    by: str | None = None
    nothing_to: tuple[str, ...] = ()
    acts: bool = False
    excuse: str = ""
    to_nobody: bool = False
    unproved: str = ""


BY_AUDITOR = Call("", by="auditor", nothing_to=("gendarme", "cell_admin"), excuse=OWN_CELL)
LOOKED = Call("", unproved="tests/audit/desk/test_own: what others have read")
WEEKS_OLD = Call(
    "",
    unproved="tests/audit/desk/test_findings.py: a share that is weeks old",
    nothing_to=("gendarme", "coordinator", "cell_admin"),
)
OF_NO_NUMBER = Call("'{new}'", nothing_to=("pilot",), unproved="tests/audit: one that is")
AT_WORK = Call(
    "",
    nothing_to=("coordinator", "gendarme", "auditor"),
    unproved="test_exporting: only the session of the work itself may",
)
RING = Call(
    "'exports:{gendarme_seat}', 'changed', NULL",
    acts=True,
    by="gendarme",
    nothing_to=("coordinator", "gendarme_lead", "police"),
)
NO_CELL = "For whoever controls access in any cell: what belongs to none, of which nobody has more."
