"""What says why something was read: by what right, or what for. Each reading carries it."""

from collections.abc import Mapping
from typing import Any, Final

RIGHT: Final = "right"
GOAL: Final = "goal"

SAYS_WHY: Final[Mapping[str, str]] = {
    "access.explained": RIGHT,
    "case.list_read": RIGHT,
    "case.read": RIGHT,
    "case.readers_read": RIGHT,
    "case.searched": RIGHT,
    "case.searched_within": RIGHT,
    "document.copied": RIGHT,
    "document.read": RIGHT,
    "export.asked": GOAL,
    "export.made": GOAL,
    "export.taken": GOAL,
    "identity.revealed": RIGHT,
    "meeting.read": RIGHT,
    "person.wanted": GOAL,
    "referral.draft_read": RIGHT,
    "request.read": RIGHT,
    "share.previewed": RIGHT,
}
"""The fact of each kind of reading that says why."""

NEEDS_NONE: Final[Mapping[str, str]] = {
    "audit.read": "For those who control access alone, and what they looked for is in it.",
    "audit.own_read": "Who looked at one's own acts, and at cases that one sees anyway.",
    "audit.state_read": "The same, without a line of the record.",
    "audit.checkpoint_taken": "A signed number: no line of the record.",
    "audit.export_asked": "For those who control access alone, about entries: no name, no case.",
    "audit.export_deleted": "Nothing is read any more.",
    "audit.export_taken": "Whoever asked for it takes it, and has been recorded asking.",
    "audit.exported": "By who controls access or operates, and what was exported is in it.",
    "export.deleted": "Nothing is read any more.",
    "finding.list_read": "For those who control access alone.",
    "invitation.read": "For those who answer for people, about a professional.",
    "meeting.list_read": "When one meets: no case is named that is not one's own.",
    "meeting.room_read": "Professionals who are in the same room.",
    "people.read": "For those who answer for people, about professionals.",
    "person.read": "For those who answer for people, about a professional.",
}
"""What is read without one, and why."""

READS: Final = (
    *("*.read", "*_read", "*.searched", "*.searched_*", "*.revealed", "*.previewed"),
    *("*.explained", "*.copied", "*.wanted", "export.*", "audit.export*", "*.checkpoint_taken"),
)
"""Names of kinds that tell of a reading."""


def why_missing(kind: str, facts: Mapping[str, Any]) -> str:
    """What an entry of this kind leaves unsaid; nothing when it says why."""
    said = facts.get(SAYS_WHY.get(kind, ""), "none asked")
    if said in (None, "", "other"):
        return f"{kind} does not say why it was read"
    if said in ("share", "glass") and "by" in facts and facts["by"] is None:
        return f"{kind} does not say by which {said}"
    if said == "share" and "purpose" in facts and facts["purpose"] is None:
        return f"{kind} does not say what the share is for"
    return ""
